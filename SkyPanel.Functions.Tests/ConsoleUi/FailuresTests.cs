using System.Net;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>What the console says and does when the app, the network or the role refuses.</summary>
public sealed class FailuresTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    private const string Doctor = "/api/admin/doctor", Trigger = "/api/admin/cron/jobs/maintenance/trigger";

    [Fact]
    public async Task A_role_that_may_not_do_an_act_is_told_which_role_may()
    {
        await using var page = await bench.OpenAsync("admin");
        var between = await Interference.WithAsync(page.Page);
        between.SendAs(bench.KeyOf("viewer"), "POST", "/api/admin/cron/jobs/hourly-billing/trigger");
        await page.PressAsync("Run now");
        await page.ConfirmAsync("Run");
        await page.ShowsAsync("The role operator is needed.");
        page.OnlyComplainsOf(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Too_many_requests_are_tried_again_no_sooner_than_the_server_says()
    {
        await using var page = await bench.OpenAsync("viewer", "doctor");
        var between = await Interference.WithAsync(page.Page);
        between.Refuse("GET", Doctor, HttpStatusCode.TooManyRequests, retryAfterSeconds: 2);
        await page.PressAsync("Check again");
        await page.ShowsAsync("Too many requests. Trying again in");
        await page.ShowsAsync("These figures are from");
        await page.ShowsNoMoreAsync("Too many requests.");
        Assert.Equal(2, between.Met.Count);
        Assert.True(TimeProvider.System.GetElapsedTime(between.Met[0].At, between.Met[1].At) >= TimeSpan.FromSeconds(2));
        page.OnlyComplainsOf(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task An_act_that_met_a_503_is_done_once_by_its_repeat_under_the_same_key()
    {
        await using var page = await bench.OpenAsync("operator");
        var between = await Interference.WithAsync(page.Page);
        between.Refuse("POST", Trigger, HttpStatusCode.ServiceUnavailable, retryAfterSeconds: 1);
        await page.PressInRowAsync("Maintenance", "Run");
        await page.ConfirmAsync("Run");
        await page.ShowsAsync("The app can’t answer now");
        await page.ShowsAsync("succeeded");
        Assert.Equal(2, between.Met.Count);
        Assert.NotNull(between.Met[0].OnceKey);
        Assert.Equal(between.Met[0].OnceKey, between.Met[1].OnceKey);
        Assert.Equal(1, await bench.Panel.ScalarAsync<long>(
            "select count(*) from cron_service.runs where job = 'maintenance' and requested_by like 'key:%'"));
        page.OnlyComplainsOf(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task An_edit_cancels_the_retry_of_the_previous_input()
    {
        await using var page = await bench.OpenAsync("admin");
        var between = await Interference.WithAsync(page.Page);
        between.Refuse("POST", "/api/admin/cron/pause", HttpStatusCode.TooManyRequests, retryAfterSeconds: 600);
        await page.PressAsync("Pause all");
        await page.FillAsync("note", "first");
        await page.ConfirmAsync("Pause all");
        await page.ShowsAsync("Trying again in 600 s.");
        await page.FillAsync("note", "second");
        await page.ShowsNoMoreAsync("Trying again in");
        await page.ConfirmAsync("Cancel");
        Assert.Single(between.Met);
        page.OnlyComplainsOf(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task An_act_whose_answer_was_lost_can_only_be_sent_again_unchanged()
    {
        const string note = "document.querySelector('dialog[open] textarea')";
        await using var page = await bench.OpenAsync("admin");
        var between = await Interference.WithAsync(page.Page);
        var isLost = new TaskCompletionSource();
        between.Lose("POST", "/api/admin/cron/jobs/maintenance/pause", isLost.Task);
        await page.PressInRowAsync("Maintenance", "Pause");
        await page.FillAsync("note", "moving house");
        await page.ConfirmAsync("Pause");
        await page.ShowsAsync("Working…");
        await page.FillAsync("note", "edited");
        isLost.SetResult();
        await page.ShowsAsync("It may or may not have been done");
        Assert.True(await page.Page.EvaluateExpressionAsync<bool>($"{note}.disabled && {note}.value === 'moving house'"));
        await page.ConfirmAsync("Send again");
        await page.ShowsAsync("Maintenance is paused.");
        Assert.Single(between.Met.Select(request => request.OnceKey).Distinct());
        Assert.Equal("moving house",
            await bench.Panel.ScalarAsync<string>("select note from cron_service.pauses where job = 'maintenance'"));
        await bench.App.PostAsync("/api/admin/cron/jobs/maintenance/resume");
        Assert.All(page.Complaints, complaint => Assert.Contains("ERR_FAILED", complaint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dry_run_that_fails_is_shown_as_a_failure()
    {
        await using var page = await bench.OpenAsync("operator");
        bench.Panel.VirtFusion.Faults.Add("GET", "servers", Fault.Answer(401));
        await page.PressAsync("Dry run");
        await page.ConfirmAsync("Dry run");
        await page.Page.WaitForSelectorAsync(".note.bad");
        bench.Panel.VirtFusion.Faults.Clear();
        Assert.Contains("Hourly billing failed: ",
            await page.Page.EvaluateExpressionAsync<string>("document.querySelector('.note').innerText"), StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_dry_run_that_is_not_answered_is_not_said_to_have_been_done()
    {
        await using var page = await bench.OpenAsync("operator");
        var between = await Interference.WithAsync(page.Page);
        between.Refuse("POST", "/api/admin/cron/jobs/hourly-billing/trigger", HttpStatusCode.ServiceUnavailable, retryAfterSeconds: 600);
        await page.PressAsync("Dry run");
        await page.ConfirmAsync("Dry run");
        await page.ShowsAsync("Trying again in 600 s.");
        await page.ShowsNoMoreAsync("It may or may not have been done");
        page.OnlyComplainsOf(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task A_lost_network_leaves_the_figures_with_their_age_and_is_recovered_from()
    {
        await using var page = await bench.OpenAsync("viewer", "doctor");
        var between = await Interference.WithAsync(page.Page);
        // No refresh comes: what follows is the event's doing.
        await page.Page.EvaluateExpressionAsync("window.setInterval = () => 0");
        between.CutOff(true);
        await page.PressAsync("Check again");
        await page.ShowsAsync("The app doesn’t answer. Trying again in");
        await page.ShowsAsync("These figures are from");
        await page.ShowsAsync("no answer; figures of");
        between.CutOff(false);
        await page.Page.EvaluateExpressionAsync("dispatchEvent(new Event('online'))"); // As a browser does that finds a network again.
        await page.ShowsNoMoreAsync("The app doesn’t answer.");
        await page.ShowsNoMoreAsync("no answer; figures of");
        Assert.All(page.Complaints, complaint => Assert.Contains("ERR_INTERNET_DISCONNECTED", complaint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_slow_answer_is_waited_for_and_not_cut_off_by_the_next_refresh()
    {
        await using var page = await bench.OpenAsync("viewer");
        var between = await Interference.WithAsync(page.Page);
        var isDone = new TaskCompletionSource();
        between.Hold("GET", "/api/admin/billing/holds", isDone.Task);
        // The page's clock is fifty times as fast: its refreshes come all the same.
        await page.Page.EvaluateExpressionAsync(
            "window.ticks = 0; { const real = setInterval; window.setInterval = (tick, after) => real(() => { window.ticks++; tick(); }, " +
            "after / 50); }");
        await page.Page.EvaluateExpressionAsync("location.hash = '#/inbox'");
        await page.Page.WaitForExpressionAsync("window.ticks > 60");
        Assert.Single(between.Met);
        Assert.Contains("Loading", await page.TextAsync(), StringComparison.Ordinal);
        isDone.SetResult();
        await page.SettledAsync();
        Assert.Empty(page.Complaints);
    }
}
