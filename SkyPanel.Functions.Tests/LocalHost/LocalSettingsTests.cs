using Microsoft.Extensions.Configuration;
using SkyPanel.LocalHost;

namespace SkyPanel.Functions.Tests.LocalHost;

public sealed class LocalSettingsTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    [Fact]
    public void Its_values_stand_below_all_others()
    {
        File.WriteAllText(path, """
            {
              // as the Functions Core Tools read it
              "IsEncrypted": false,
              "Host": { "CORS": "*" },
              "Values": { "Cron__HourlyBilling__Schedule": "5 * * * *", "Billing:Currency": "EUR", "Billing:MonthlyCap": true }
            }
            """);
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("Billing:Currency", "CHF")]);

        LocalSettings.AddBelow(configuration, path);

        Assert.Equal("5 * * * *", configuration["Cron:HourlyBilling:Schedule"]);
        Assert.Equal("CHF", configuration["Billing:Currency"]);
        Assert.Equal("True", configuration["Billing:MonthlyCap"]);
        Assert.Null(configuration["CORS"]);
    }

    [Fact]
    public void Without_the_file_there_are_no_values()
    {
        var configuration = new ConfigurationManager();

        LocalSettings.AddBelow(configuration, path + ".missing");

        Assert.Empty(configuration.AsEnumerable());
    }

    [Fact]
    public void A_broken_file_is_named()
    {
        File.WriteAllText(path, "{ \"Values\": ");

        var refusal = Assert.Throws<InvalidDataException>(() => LocalSettings.AddBelow(new ConfigurationManager(), path));

        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(path);
}
