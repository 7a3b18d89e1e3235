namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>The first week on the console: compared, repaired, taken over.</summary>
public sealed class TakeOverTests
{
    [Fact]
    public async Task What_the_panel_billed_is_compared_repaired_and_then_the_hours_are_taken_over()
    {
        await using var bench = new ConsoleBench { OnlyObserves = true };
        await bench.InitializeAsync();
        await using (var page = await bench.OpenAsync("operator", "takeover"))
        {
            await page.ShowsAsync("Servers are observed");
            Assert.Contains("userId,name,servers", await page.SaveAsync("All customers as CSV"), StringComparison.Ordinal);
            Assert.False(await page.HasButtonAsync("Take over…"));
            await page.GoAsync("takeover?view=repair");
            await page.PressInRowAsync("User 3", "Repair…");
            await page.FillAsync("reason", "the panel rounded");
            await page.ConfirmAsync("Repair");
            await bench.Panel.UntilAsync("select exists (select from cron_service.repairs where reason = 'the panel rounded')");
            await page.ShowsNoMoreAsync("Repair…");
            Assert.Contains("month", await page.SaveAsync("All months as CSV"), StringComparison.Ordinal);
            await page.GoAsync("takeover?view=drift");
            await page.ShowsAsync("is a top-up in the panel");
            Assert.Empty(page.Complaints);
        }
        await using var admin = await bench.OpenAsync("admin", "takeover");
        await admin.PressAsync("Take over…");
        await admin.ConfirmAsync("Preview");
        await admin.ShowsAsync("servers would be taken over");
        await admin.ConfirmAsync("Take over");
        await bench.Panel.UntilAsync("select taken_over_at is not null from cron_service.jobs where job = 'hourly-billing'");
        await admin.ShowsAsync("This app bills the hours since");
        Assert.Empty(admin.Complaints);
    }
}
