using System.Text.RegularExpressions;
using PuppeteerSharp;
using SkyPanel.Demo.Postgres;
using SkyPanel.Functions.Tests.Demo;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>Pictures of the console, taken from the demo.</summary>
public sealed partial class ScreensTests(ITestOutputHelper output)
{
    private const string WriteVariable = "SKYPANEL_WRITE_SCREENS";
    private const int Width = 1280, MostBytesInReadme = 200_000;

    [Fact]
    public async Task Every_page_is_photographed_in_both_themes_when_asked_to_and_else_one()
    {
        var isAsked = Environment.GetEnvironmentVariable(WriteVariable) is not null;
        await using var demo = new DemoFolder();
        await using var app = AppProcess.Launch(demo.Settings);
        await app.SaysAsync("The console, logged in: ");
        var (address, key) = Opened().Match(app.Output) is { Success: true } match ? (new Uri(match.Groups[1].Value), match.Groups[2].Value)
            : throw new InvalidOperationException(app.Output);
        await using var browser = await Browser.LaunchAsync();
        var root = RepositoryRoot.Find()!;
        var folder = Directory.CreateDirectory(Path.Combine(root, ".local", "screens")).FullName;
        (string Name, bool IsDark)[] themes = isAsked ? [("light", false), ("dark", true)] : [("light", false)];
        byte[] picture = [];
        foreach (var (theme, isDark) in themes)
        {
            await using var page = new ConsolePage(await browser.NewPageAsync(), address, "");
            await page.LogInAsync(key, "", isDark, Width);
            foreach (var path in PagesTests.Pages.Take(isAsked ? int.MaxValue : 1)
                .Select(path => path.Replace("customers/2", "customers/5", StringComparison.Ordinal)
                .Replace("servers/1", "servers/1014", StringComparison.Ordinal)))
            {
                await page.GoAsync(path);
                var name = path.Length == 0 ? "now" : path.Replace('/', '-').Replace("?view=", "-", StringComparison.Ordinal);
                var file = Path.Combine(folder, $"{name}-{theme}.png");
                await page.Page.ScreenshotAsync(file, new ScreenshotOptions { FullPage = true });
                output.WriteLine(file);
                // README shows what a window of usual height does.
                if (picture.Length == 0)
                    picture = await page.Page.ScreenshotDataAsync(new ScreenshotOptions());
            }
            Assert.Empty(page.Complaints);
        }
        Assert.InRange(picture.Length, 1, MostBytesInReadme);
        if (isAsked)
            await File.WriteAllBytesAsync(Path.Combine(root, "docs", "console.png"), picture, TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"The console, logged in: (http://\S+?/)#key=(\S+)")]
    private static partial Regex Opened();
}
