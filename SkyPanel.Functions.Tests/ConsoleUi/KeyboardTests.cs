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
        await bench.Panel.UntilAsync("select exists (select from cron_service.holds where state = 'approved' and decision_reason = " +
            "'looked at it')");
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
        await page.Page.WaitForExpressionAsync(
            "document.querySelector('dialog') === null && document.activeElement.innerText === 'Change…'");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task The_hours_of_a_month_are_one_stop_and_arrows_move_within_them()
    {
        await using var page = await bench.OpenAsync("viewer", $"servers/1?month={OutsidePanel.HoursAgo(2):yyyy-MM}");
        await page.TabToAsync("Each hour, in cents", null);
        var label = await LabelAsync(page);
        foreach (var (key, ends) in new[] { ("Home", "T00:00"), ("ArrowRight", "T01:00"), ("ArrowLeft", "T00:00"), ("End", "T23:00") })
        {
            await page.Page.Keyboard.PressAsync(key);
            Assert.EndsWith(ends, await LabelAsync(page), StringComparison.Ordinal);
        }
        await page.Page.Keyboard.PressAsync(OutsidePanel.HoursAgo(2).Day == 1 ? "ArrowDown" : "ArrowUp");
        Assert.DoesNotContain(label[^16..^6], await LabelAsync(page), StringComparison.Ordinal);
        Assert.Equal(1, await page.Page.EvaluateExpressionAsync<int>(
            "document.querySelectorAll('.heat button:not([tabindex=\"-1\"])').length"));
    }

    [Fact]
    public async Task The_latest_charged_hour_is_explained()
    {
        await using var page = await bench.OpenAsync("viewer", $"servers/1?month={OutsidePanel.HoursAgo(2):yyyy-MM}");
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
        await page.Page.WaitForExpressionAsync(
            "document.querySelector('dialog') === null && document.activeElement.innerText === 'Pause all'");
        Assert.False(await bench.Panel.ScalarAsync<bool>("select exists (select from cron_service.pauses)"));
    }

    private static Task<string> LabelAsync(ConsolePage page) =>
        page.Page.EvaluateExpressionAsync<string>("document.activeElement.getAttribute('aria-label')");
}
