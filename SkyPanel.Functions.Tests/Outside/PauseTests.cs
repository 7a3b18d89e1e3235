using System.Net;
using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>What is stopped through one process stops in another.</summary>
public sealed class PauseTests
{
    private const string PauseAll = "/api/admin/cron/pause", ResumeAll = "/api/admin/cron/resume";
    private const string PauseBilling = "/api/admin/cron/jobs/hourly-billing/pause",
        ResumeBilling = "/api/admin/cron/jobs/hourly-billing/resume";
    private const string ScheduledSql =
        "select count(*) from cron_service.runs where trigger <> 'manual' and job = 'hourly-billing' and status = 'succeeded'";

    [Fact]
    public async Task Paused_nothing_starts_in_any_process_or_after_a_restart_and_after_it_one_run_catches_up()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        (string, string)[] settings = [("Cron__HourlyBilling__Schedule", "* * * * * *")];
        var (one, other) = (await panel.StartAppAsync(settings), await panel.StartAppAsync(settings));
        await one.PutAsync(OutsidePanel.Settings, new { enabled = true, schedule = "* * * * * *" });
        await panel.UntilAsync($"select ({ScheduledSql}) > 0");

        var paused = await one.SendAsync(HttpMethod.Post, PauseAll, new { note = "moving house" }, "once");
        Assert.Equal((HttpStatusCode.OK, "moving house"), (paused.Status, paused.Body["pause"]!["note"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(paused.Body,
            (await other.SendAsync(HttpMethod.Post, PauseAll, new { note = "moving house" }, "once")).Body));
        Assert.Equal(1, await panel.ScalarAsync<long>(
            "select count(*) from cron_service.audit where action = 'pause' and actor = 'bootstrap-key' and reason = 'moving house'"));
        await panel.UntilAsync("select not exists (select from cron_service.runs where status = 'running')");
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
        Assert.Equal(("moving house", "bootstrap-key"), (Billing(told)["pause"]!["note"]!.GetValue<string>(),
            Billing(told)["pause"]!["pausedBy"]!.GetValue<string>()));
        Assert.Null(Billing(told)["nextRun"]);
        Assert.InRange(told["instances"]!.AsArray().Count, 2, 3);

        await one.PostAsync(PauseBilling, new { note = "this one longer" });
        Assert.Null((await other.PostAsync(ResumeAll)).Body["pause"]);
        Assert.Equal("this one longer", Billing((await one.GetAsync(OutsidePanel.Status)).Body)["pause"]!["note"]!.GetValue<string>());
        Assert.Null((await other.PostAsync(ResumeBilling)).Body["pause"]);
        await panel.UntilAsync("select exists (select from cron_service.runs where id > @before and trigger = 'catch-up' and " +
            "missed_occurrences >= 2 and status = 'succeeded')", ("before", before));
        Assert.Equal(0, await panel.ScalarAsync<long>(
            "select count(*) - count(distinct scheduled_for) from cron_service.runs where scheduled_for is not null and job = " +
            "'hourly-billing'"));
        await panel.BooksBalanceAsync();
    }

    [Theory]
    [InlineData("servers", "GET", true)]
    [InlineData("selfService/credit/", "POST", true)]
    [InlineData("selfService/credit/", "POST", false)]
    public async Task A_run_of_another_process_stops_at_a_safe_point_when_it_is_cancelled_or_paused(string path, string method,
        bool isCancelled)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        for (var server = 1; server <= 4; server++)
            await panel.Panel.AddServerAsync(server, userId: server, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        (string, string)[] settings = [("VirtFusion__MaxConcurrency", "1")];
        var (one, other) = (await panel.StartAppAsync(settings), await panel.StartAppAsync(settings));
        var gate = new RequestGate();
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
        Assert.StartsWith(isCancelled ? "Hourly billing cancelled: asked for by bootstrap-key; "
            : "Hourly billing cancelled: paused by bootstrap-key ", answer["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.StartsWith(isCancelled ? "asked for by bootstrap-key; stopped" : "paused by bootstrap-key",
            await panel.ScalarAsync<string>("select message from cron_service.runs"), StringComparison.Ordinal);
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

    // Two senders: each has a debit in hand when it is paused, and would take the next one.
    [Theory]
    [InlineData(PauseAll, ResumeAll, true)]
    [InlineData(PauseBilling, ResumeBilling, true)]
    [InlineData(PauseAll, ResumeAll, false)]
    [InlineData(PauseBilling, ResumeBilling, false)]
    public async Task A_delivery_that_is_under_way_claims_nothing_after_a_pause_and_settles_what_it_has_in_hand(string pause, string resume,
        bool isOfHeartbeat)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        for (var server = 1; server <= 8; server++)
            await panel.Panel.AddServerAsync(server, userId: server, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        // So long a lease that its keeper doesn't look in the meantime.
        (string, string)[] settings = [("VirtFusion__MaxConcurrency", "1"), ("Jobs__LeaseTimeToLive", "00:10:00"),
            ("Wallet__ClaimTime", "00:01:00")];
        var one = await panel.StartAppAsync(settings);
        var gate = new RequestGate();
        AppProcess delivers = one;
        Task<(HttpStatusCode Status, JsonObject Body)>? triggered = null;
        if (isOfHeartbeat)
        {
            panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(401));
            await one.PostAsync(OutsidePanel.Trigger);
            Assert.Equal(8, await panel.ScalarAsync<long>("select count(*) from cron_service.debits where state = 'pending'"));
            panel.VirtFusion.Faults.Clear();
        }
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Hold(gate));
        if (isOfHeartbeat)
            delivers = await panel.StartAppAsync([.. settings, ("Cron__Heartbeat__Schedule", "* * * * * *")]);
        else
            triggered = one.PostAsync(OutsidePanel.Trigger);
        await gate.WaitForArrivalsAsync(1, ct);
        await panel.UntilAsync("select count(*) = 2 from cron_service.debits where state = 'sending'");

        Assert.Equal(HttpStatusCode.OK, (await one.PostAsync(pause, new { note = "stop" })).Status);
        gate.Open();

        if (triggered is not null)
        {
            var answer = (await triggered).Body;
            Assert.Equal("cancelled", answer["status"]!.GetValue<string>());
            Assert.StartsWith("Hourly billing cancelled: paused ", answer["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }
        await panel.UntilAsync("select not exists (select from cron_service.debits where state = 'sending')");
        if (isOfHeartbeat) // A beat looks after it has delivered: that one has ended, and another whole one went by.
            await panel.UntilAsync("select (select max(checked_at) from cron_service.checks) > max(settled_at) + interval '2 seconds' " +
                "from cron_service.debits");
        Assert.Equal((2, 6), (await panel.ScalarAsync<long>("select count(*) from cron_service.debits where state = 'settled'"),
            await panel.ScalarAsync<long>("select count(*) from cron_service.debits where state = 'pending'")));
        Assert.Equal(2, panel.VirtFusion.Credits.Count);
        await panel.BooksBalanceAsync();

        await one.PostAsync(resume);
        if (isOfHeartbeat)
            await panel.UntilAsync("select not exists (select from cron_service.debits where state <> 'settled')");
        else
            await panel.SettleAsync(delivers);
        Assert.Equal(8, panel.VirtFusion.Credits.Count);
        await panel.BooksBalanceAsync();
    }

    private static JsonNode Billing(JsonObject status) => status["cronStatus"]!["hourlyBilling"]!;
}
