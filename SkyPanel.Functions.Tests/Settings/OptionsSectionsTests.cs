using System.ComponentModel.DataAnnotations;
using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.Tests.Settings;

public sealed class OptionsSectionsTests
{
    [Fact]
    public void No_options_rely_on_attributes_that_nothing_reads() =>
        Assert.DoesNotContain(
            typeof(BillingOptions).Assembly.GetTypes().Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal))
                .SelectMany(type => type.GetProperties()), property => property.IsDefined(typeof(ValidationAttribute), inherit: true)
                && !property.IsDefined(typeof(RangeAttribute), inherit: true));
}
