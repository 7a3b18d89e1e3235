using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Demo.Postgres;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Tests.Settings;

public sealed class SettingsPageTests
{
    [Fact]
    public async Task Every_setting_is_on_the_page_of_settings()
    {
        await using var panel = await TestPanel.StartAsync();
        var path = Path.Combine(RepositoryRoot.Find()!, "docs", "settings.md");
        var page = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);

        var settings = panel.Services.GetServices<KnownSettings>()
            .SelectMany(known => known.Names, (known, name) => $"{known.Section}:{name}".Replace(":", "__", StringComparison.Ordinal))
                .ToList();

        Assert.Contains("Admin__Jwt__ClientId", settings);
        Assert.DoesNotContain(settings, setting => !page.Contains($"`{setting}", StringComparison.Ordinal));
    }
}
