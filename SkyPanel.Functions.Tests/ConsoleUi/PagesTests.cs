namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>Every page of the console as every role, in a real browser against the real app.</summary>
public sealed class PagesTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    public static readonly string[] Pages = ["", "runs", "runs/1", "schedules", "inbox", "customers", "customers/2", "servers", "servers/1",
        "forecast", "takeover", "takeover?view=repair", "takeover?view=drift", "audit", "settings", "doctor"];

    [Fact]
    public async Task Every_page_shows_to_every_role_without_a_complaint_of_the_browser()
    {
        foreach (var role in ConsoleBench.Roles)
        {
            await using var page = await bench.OpenAsync(role);
            foreach (var path in Pages)
            {
                await page.GoAsync(path);
                Assert.NotEqual("", await page.TextAsync());
                Assert.DoesNotContain("Not found", await page.TextAsync(), StringComparison.Ordinal);
                var isRefused = (await page.TextAsync()).Contains("needs the role admin", StringComparison.Ordinal);
                ConsoleReport.Shows(path, role, isRefused ? [ConsoleReport.Refused] : await page.ActionsAsync());
            }
            Assert.Empty(page.Complaints);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_page_is_accessible_in_both_themes(bool isDark)
    {
        await using var page = await bench.OpenAsync("admin", isDark: isDark);
        foreach (var path in Pages)
        {
            await page.GoAsync(path);
            Assert.True(await page.ViolationsAsync(bench.AxeSource) is { Length: 0 },
                $"/{path}: {string.Join("\n", await page.ViolationsAsync(bench.AxeSource))}");
        }
    }

    [Theory]
    [InlineData(320)]
    [InlineData(3840)]
    public async Task No_page_scrolls_sideways(int width)
    {
        await using var page = await bench.OpenAsync("admin", width: width);
        foreach (var path in Pages)
        {
            await page.GoAsync(path);
            Assert.True(await page.Page.EvaluateFunctionAsync<bool>("width => document.documentElement.scrollWidth <= width", width),
                $"/{path} is {await page.Page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth")} pixels wide");
        }
    }

    [Fact]
    public async Task A_name_full_of_markup_is_shown_as_text()
    {
        await using var page = await bench.OpenAsync("viewer", "customers");
        Assert.Contains(ConsoleBench.HostileName, await page.TextAsync(), StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task The_first_page_transfers_less_than_200_kilobytes()
    {
        await using var page = await bench.OpenAsync("viewer");
        var bytes = await page.Page.EvaluateExpressionAsync<long>(
            "performance.getEntries().filter(e => e.transferSize).reduce((sum, e) => sum + e.transferSize, 0)");
        Assert.InRange(bytes, 1, 200_000);
    }

    [Fact]
    public async Task The_key_in_the_address_is_gone_as_soon_as_the_page_is_open()
    {
        await using var page = await bench.OpenAsync("viewer");
        Assert.DoesNotContain(bench.KeyOf("viewer"), page.Page.Url, StringComparison.Ordinal);
    }
}
