using System.Net;
using System.Text.Json.Nodes;
using SkyPanel.LocalWorker.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>What is stopped through one process stops in another.</summary>
public sealed class PauseTests
{
    private const string PauseAll = "/api/admin/cron/pause", ResumeAll = "/api/admin/cron/resume";
    private const string PauseBilling = "/api/admin/cron/jobs/hourly-billing/pause", ResumeBilling = "/api/admin/cron/jobs/hourly-billing/resume";
    private const string ScheduledSql = "select count(*) from cron_service.runs where trigger <> 'manual' and job = 'hourly-billing' and status = 'succeeded'";

    [Fact]
    public async Task Paused_nothing_starts_in_any_process_or_after_a_restart_and_after_it_one_run_catches_up()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        (string, string)[] settings = [("Cron__HourlyBilling__Schedule", "* * * * * *")];
        var (one, other) = (await panel.StartAppAsync(settings), await panel.StartAppAsync(settings));
        await one.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "* * * * * *" });
        await UntilAsync(async () => await panel.ScalarAsync<long>(ScheduledSql) > 0);

        var paused = await one.SendAsync(HttpMethod.Post, PauseAll, new { note = "moving house" }, "once");
        Assert.Equal((HttpStatusCode.OK, "moving house"), (paused.Status, paused.Body["pause"]!["note"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(paused.Body, (await other.SendAsync(HttpMethod.Post, PauseAll, new { note = "moving house" }, "once")).Body));
        Assert.Equal(1, await panel.ScalarAsync<long>("select count(*) from cron_service.audit where action = 'pause' and actor = 'bootstrap-key' and reason = 'moving house'"));
        await UntilAsync(() => panel.ScalarAsync<bool>("select not exists (select from cron_service.runs where status = 'running')"));
        await other.KillAsync();
        other = await panel.StartAppAsync(settings);
        var before = await panel.ScalarAsync<long>("select max(id) from cron_service.runs");
        await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(before, await panel.ScalarAsync<long>("select max(id) from cron_service.runs"));

        var (status, refusal) = await other.PostAsync(OutsidePanel.Trigger);
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("paused with all jobs by bootstrap-key", refusal["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("moving house", refusal["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        var told = (await other.GetAsync(OutsidePanel.Status)).Body;
        Assert.Equal(("moving house", "bootstrap-key"), (Billing(told)["pause"]!["note"]!.GetValue<string>(), Billing(told)["pause"]!["pausedBy"]!.GetValue<string>()));
        Assert.Null(Billing(told)["nextRun"]);
        Assert.InRange(told["instances"]!.AsArray().Count, 2, 3);

        await one.PostAsync(PauseBilling, new { note = "this one longer" });
        Assert.Null((await other.PostAsync(ResumeAll)).Body["pause"]);
        Assert.Equal("this one longer", Billing((await one.GetAsync(OutsidePanel.Status)).Body)["pause"]!["note"]!.GetValue<string>());
        Assert.Null((await other.PostAsync(ResumeBilling)).Body["pause"]);
        await UntilAsync(() => panel.ScalarAsync<bool>("select exists (select from cron_service.runs where id > @before and trigger = 'catch-up' and missed_occurrences >= 2 and status = 'succeeded')", ("before", before)));
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) - count(distinct scheduled_for) from cron_service.runs where scheduled_for is not null and job = 'hourly-billing'"));
        await panel.BooksBalanceAsync();
    }

    [Theory]
    [InlineData("servers", "GET", true)]
    [InlineData("selfService/credit/", "POST", true)]
    [InlineData("selfService/credit/", "POST", false)]
    public async Task A_run_of_another_process_stops_at_a_safe_point_when_it_is_cancelled_or_paused(string path, string method, bool isCancelled)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        for (var server = 1; server <= 4; server++)
            await panel.Panel.AddServerAsync(server, userId: server, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        (string, string)[] settings = [("VirtFusion__MaxConcurrency", "1")];
        var (one, other) = (await panel.StartAppAsync(settings), await panel.StartAppAsync(settings));
        var gate = new Gate();
        panel.VirtFusion.Faults.Add(method, path, Fault.Hold(gate));
        var triggered = one.PostAsync(OutsidePanel.Trigger);
        await gate.WaitForArrivalsAsync(1, ct);
        var runId = await panel.ScalarAsync<long>("select id from cron_service.runs where status = 'running'");

        if (isCancelled)
            Assert.Equal(HttpStatusCode.Accepted, (await other.PostAsync($"/api/admin/cron/runs/{runId}/cancel")).Status);
        else
            await other.PostAsync(PauseBilling, new { note = "stop" });
        await one.SaysAsync("stops at a safe point");
        gate.Open();

        var answer = (await triggered).Body;
        Assert.Equal("cancelled", answer["status"]!.GetValue<string>());
        Assert.StartsWith(isCancelled ? "Hourly billing cancelled: asked for by bootstrap-key; " : "Hourly billing cancelled: paused by bootstrap-key ", answer["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.StartsWith(isCancelled ? "asked for by bootstrap-key; stopped" : "paused by bootstrap-key", await panel.ScalarAsync<string>("select message from cron_service.runs"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await other.PostAsync($"/api/admin/cron/runs/{runId}/cancel")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.PostAsync("/api/admin/cron/runs/999999/cancel")).Status);
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.debits where state in ('sending', 'in_doubt')"));
        await panel.BooksBalanceAsync();

        panel.VirtFusion.Faults.Clear();
        await other.PostAsync(ResumeBilling);
        await panel.SettleAsync(other);
        await panel.BooksBalanceAsync();
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.debits where state <> 'settled'"));
    }

    private static JsonNode Billing(JsonObject status) => status["cronStatus"]!["hourlyBilling"]!;

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var tries = 0; !await isSo(); tries++)
        {
            Assert.True(tries < 400);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
