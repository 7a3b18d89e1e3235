using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>What the console reads again, and what it leaves alone meanwhile.</summary>
public sealed class ListsTests(ConsoleBench bench) : IClassFixture<ConsoleBench>
{
    // A page whose clock is fifty times as fast.
    public const string Hurry = "{ window.ticks = 0; const real = setInterval; " +
        "window.setInterval = (tick, after) => real(() => { window.ticks++; tick(); }, after / 50); }";

    [Fact]
    public async Task A_list_of_two_pages_that_is_read_again_has_no_gap_and_no_row_twice()
    {
        const string addSql = "insert into cron_service.audit (actor, action, subject) " +
            "select 'a-test', 'try', 'line ' || n from generate_series(@first::int, @last::int) n";
        await bench.Panel.Database.ExecuteAsync(addSql, ("first", 1), ("last", 120));
        await using var page = await bench.OpenAsync("admin");
        await page.Page.EvaluateExpressionAsync(Hurry);
        await page.GoAsync("audit?actor=a-test");
        await page.PressAsync("Show more");
        await page.ShowsAsync("line 21\t");
        await bench.Panel.Database.ExecuteAsync(addSql, ("first", 121), ("last", 130));
        await page.ShowsAsync("line 130\t");
        var lines = await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('main tbody td:nth-child(4)')].map(td => td.innerText)");
        Assert.Equal(Enumerable.Range(31, 100).Reverse().Select(n => $"line {n}"), lines);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_filter_that_is_being_typed_outlasts_a_refresh()
    {
        await using var page = await bench.OpenAsync("admin");
        await page.Page.EvaluateExpressionAsync(Hurry);
        await page.GoAsync("audit");
        await page.Page.TypeAsync(".filters input", "somebo");
        await page.Page.WaitForResponseAsync(response => response.Url.Contains("/api/admin/audit?", StringComparison.Ordinal));
        await page.Page.WaitForResponseAsync(response => response.Url.Contains("/api/admin/audit?", StringComparison.Ordinal));
        await page.Page.TypeAsync(".filters input", "dy");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.ShowsAsync("No line matches.");
        Assert.EndsWith("actor=somebody", page.Page.Url, StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task An_open_dialog_keeps_its_action_while_the_page_behind_it_changes()
    {
        await using var page = await bench.OpenAsync("admin", "doctor");
        await page.Page.EvaluateExpressionAsync(Hurry);
        await page.GoAsync("");
        await page.PressAsync("Pause all");
        await page.FillAsync("note", "moving house");
        await bench.App.PostAsync("/api/admin/cron/pause", new { note = "somebody else" });
        await page.ShowsAsync("Resume all");
        Assert.Equal("Pause all jobs",
            await page.Page.EvaluateExpressionAsync<string>("document.querySelector('dialog[open] h2').innerText"));
        await page.ConfirmAsync("Pause all");
        await page.ShowsAsync("All jobs are paused.");
        Assert.True(await bench.Panel.ScalarAsync<bool>("select exists (select from cron_service.pauses where job = '*')"));
        await bench.App.PostAsync("/api/admin/cron/resume");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_run_that_has_ended_is_read_once_and_one_with_too_many_hours_says_so()
    {
        var (_, triggered) = await bench.App.PostAsync("/api/admin/cron/jobs/maintenance/trigger");
        var run = triggered["runId"]!.GetValue<long>();
        await bench.Panel.Database.ExecuteAsync("update cron_service.runs set hours_billed = 200001 where id = @id", ("id", run));
        await using var page = await bench.OpenAsync("viewer");
        var between = await Interference.WithAsync(page.Page);
        between.Hold("GET", $"/api/admin/cron/runs/{run}", Task.CompletedTask);
        await page.Page.EvaluateExpressionAsync(Hurry);
        await page.GoAsync($"runs/{run}");
        await page.ShowsAsync("More than 200,000 server-hours: not listed by server.");
        await page.Page.WaitForExpressionAsync("window.ticks > 60");
        Assert.Single(between.Met);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task The_statements_are_read_again_after_a_refund()
    {
        var (from, until) = (OutsidePanel.HoursAgo(2), OutsidePanel.HoursAgo(0));
        await bench.App.PostAsync("/api/admin/billing/servers/2/corrections", new { fromHour = $"{from:yyyy-MM-ddTHH}:00:00Z",
            untilHour = $"{until:yyyy-MM-ddTHH}:00:00Z", secondsPerHour = 0, reason = "outage" });
        await using var page = await bench.OpenAsync("operator");
        await page.GoAsync("customers/2");
        await page.PressAsync("Refund…");
        await page.FillAsync("reason", "for the test");
        var readAgain = page.Page.WaitForResponseAsync(
            response => response.Url.EndsWith("/accounts/2/statements", StringComparison.Ordinal));
        await page.ConfirmAsync("Refund");
        await readAgain;
        Assert.Empty(page.Complaints);
    }
}
