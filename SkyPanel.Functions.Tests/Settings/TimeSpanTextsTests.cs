using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.Tests.Settings;

/// <summary>Every setting that is a time span, found by its type: a new one is held to this without a line here.</summary>
public sealed class TimeSpanTextsTests
{
    // The first two are 24 days to .NET.
    private static readonly string[] Unclear =
        ["24:00:00", "24", "1.24:00:00", "99:00:00", "00:60:00", "00:00:60", "06:00", "1:00:00:00", "-01:00:00", "1 day", "30s", "",
            "00:05:00,5", "99999999.00:00:00", "٠١:00:00"];

    public static TheoryData<string> Settings => [.. Sections().SelectMany(section => SpansOf(section, Folder(section)))];

    [Fact]
    public void Those_that_are_looked_for_are_found() =>
        Assert.Superset(new HashSet<string> { "Billing:MaxCatchUp", "Wallet:ClaimTime", "Maintenance:KeepRefusals" },
            Settings.Select(row => row.Data).ToHashSet());

    [Theory]
    [MemberData(nameof(Settings))]
    public void What_can_be_read_in_two_ways_or_in_none_is_refused_by_name_with_what_is_allowed(string setting) =>
        Assert.All(Unclear, text =>
        Assert.Equal($"{setting} '{text}' must be a time span, hh:mm:ss or d.hh:mm:ss with hours 0 to 23: 00:05:00 is five minutes, " +
            $"1.00:00:00 is one day.", Refusal(setting, text)));

    [Theory]
    [MemberData(nameof(Settings))]
    public void One_beyond_its_range_is_told_with_the_range_in_the_form_in_which_it_is_set(string setting) =>
        Assert.Matches($@"{setting} '9999\.00:00:00' must be (\d+\.)?\d\d:\d\d:\d\d to (\d+\.)?\d\d:\d\d:\d\d\.",
            Refusal(setting, "9999.00:00:00"));

    [Theory]
    [InlineData("23:59:59", 86399)]
    [InlineData("1.00:00:00", 86400)]
    [InlineData("02:00:00.5", 7200.5)]
    [InlineData("2:0:0", 7200)]
    [InlineData(" 0.02:00:00 ", 7200)]
    public void What_says_one_thing_is_that(string text, double seconds)
    {
        using var app = App("Billing:MaxCatchUp", text);
        Assert.Equal(TimeSpan.FromSeconds(seconds), app.Services.GetRequiredService<IOptions<BillingOptions>>().Value.MaxCatchUp);
    }

    private static string? Refusal(string setting, string text)
    {
        using var app = App(setting, text);
        return Assert.Single(Assert.Throws<OptionsValidationException>(
            app.Services.GetRequiredService<IStartupValidator>().Validate).Failures);
    }

    private static IHost App(string setting, string text)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["ConnectionStrings:SkyPanel"] = "Host=none.invalid;Database=none", [setting] = text });
        builder.AddSkyPanel();
        return builder.Build();
    }

    private static IEnumerable<Type> Sections()
    {
        var all = typeof(BillingOptions).Assembly.GetTypes().Where(IsOptions).ToArray();
        var parts = all.SelectMany(type => type.GetProperties().Select(property => property.PropertyType)).ToHashSet();
        return all.Where(type => !parts.Contains(type));
    }

    private static IEnumerable<string> SpansOf(Type type, string path) =>
        type.GetProperties().SelectMany(property => property.PropertyType switch
    {
        var its when IsSpan(its) => [$"{path}:{property.Name}"],
        var its when IsOptions(its) => SpansOf(its, $"{path}:{property.Name}"),
        _ => Array.Empty<string>(),
    });

    private static bool IsSpan(Type type) => type == typeof(TimeSpan) || type == typeof(TimeSpan?);

    private static bool IsOptions(Type type) => type.IsClass && type.Name.EndsWith("Options", StringComparison.Ordinal);

    // A section has its folder's name, but for those whose folder got another one.
    private static string Folder(Type type) => type.Name switch
    {
        "AdminOptions" => "Admin",
        "DiscordOptions" => "Discord",
        "MonitoringOptions" => "Monitoring",
        "AppConfigurationOptions" => "AppConfiguration",
        "PayPalOptions" => "PayPal",
        "PublicOptions" => "Public",
        _ => type.Namespace!.Split('.')[^1],
    };
}
