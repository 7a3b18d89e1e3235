using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>An operator's work by the keyboard alone.</summary>
public sealed class KeyboardTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    [Fact]
    public async Task A_hold_is_approved()
    {
        await using var page = await bench.OpenAsync("operator", "inbox");
        await page.TabToAsync("Held hours", "Approve…");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.TypeHereAsync("reason", "looked at it");
        await page.TabToAsync(null, "Approve");
        await page.Page.Keyboard.PressAsync("Enter");
        await bench.Panel.UntilAsync("select exists (select from cron_service.holds where state = 'approved' and decision_reason = 'looked at it')");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_schedule_is_previewed_and_changed_and_the_focus_comes_back()
    {
        await using var page = await bench.OpenAsync("admin", "schedules");
        await page.TabToAsync("Maintenance", "Change…");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.TypeHereAsync("schedule", "15 5 * * *");
        await page.TabToAsync(null, "Preview");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.ShowsAsync("At 05:15");
        await page.TabToAsync(null, "Save");
        await page.Page.Keyboard.PressAsync("Enter");
        await bench.Panel.UntilAsync("select exists (select from cron_service.jobs where job = 'maintenance' and schedule = '15 5 * * *')");
        await page.Page.WaitForExpressionAsync("document.querySelector('dialog') === null && document.activeElement.innerText === 'Change…'");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task An_hour_is_found_by_arrows_and_explained()
    {
        var hour = OutsidePanel.HoursAgo(3);
        await using var page = await bench.OpenAsync("viewer", $"servers/1?month={hour:yyyy-MM}");
        await page.TabToAsync("Each hour, in cents", null);
        Assert.Equal(1, await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('.heat button:not([tabindex=\"-1\"])').length"));
        await page.Page.Keyboard.PressAsync("Home");
        for (var column = 0; column < hour.Hour; column++)
            await page.Page.Keyboard.PressAsync("ArrowRight");
        Assert.Contains($"T{hour:HH}:00", await page.Page.EvaluateExpressionAsync<string>("document.activeElement.getAttribute('aria-label')"), StringComparison.Ordinal);
        await page.GoAsync($"servers/1?month={hour:yyyy-MM}&hour={hour:yyyy-MM-ddTHH}:00:00Z");
        await page.TabToAsync("Each hour, in cents", null);
        await page.Page.Keyboard.PressAsync("Enter");
        await page.ShowsAsync("round6(");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_dialog_is_left_by_escape_and_nothing_is_done()
    {
        await using var page = await bench.OpenAsync("admin");
        await page.TabToAsync(null, "Pause all");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.WaitForSelectorAsync("dialog[open]");
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.WaitForExpressionAsync("document.querySelector('dialog') === null && document.activeElement.innerText === 'Pause all'");
        Assert.False(await bench.Panel.ScalarAsync<bool>("select exists (select from cron_service.pauses)"));
    }
}
