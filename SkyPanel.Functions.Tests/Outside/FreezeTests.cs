using System.Net;
using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class FreezeTests
{
    private const string IsPastItsLeaseSql = "select expires_at < now() from cron_service.leases where job = 'hourly-billing'";

    [Theory]
    [InlineData("GET", "servers")]
    [InlineData("POST", "selfService/credit/")]
    public async Task A_process_that_was_frozen_past_its_lease_takes_nothing_twice_and_tells_the_truth(string method, string path)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        for (var server = 1; server <= 4; server++)
            await panel.Panel.AddServerAsync(server, userId: server, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        // Long enough that somebody else can ask before it has run out.
        (string, string)[] settings = [.. OutsidePanel.DiesSoon, ("Jobs__LeaseTimeToLive", "00:00:15")];
        var apps = await Task.WhenAll(panel.StartAppAsync(settings), panel.StartAppAsync(settings));

        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add(method, path, Fault.Hold(gate), times: 1);
        var frozen = apps[0].PostAsync(OutsidePanel.Trigger);
        await gate.WaitForArrivalsAsync(1, ct);
        await apps[0].FreezeAsync();
        Assert.Equal(HttpStatusCode.Conflict, (await apps[1].PostAsync(OutsidePanel.Trigger)).Status);
        await panel.UntilAsync(IsPastItsLeaseSql);
        var (status, other) = await apps[1].PostAsync(OutsidePanel.Trigger);
        Assert.Equal(HttpStatusCode.OK, status);
        gate.Open();
        apps[0].Continue();
        var (frozenStatus, frozenAnswer) = await frozen;
        await panel.SettleAsync(apps[1]);

        await panel.BooksBalanceAsync();
        foreach (var user in new[] { 1, 2, 3, 4 })
        {
            var exact = await panel.ScalarAsync<decimal>("select sum(amount) from cron_service.charges where server_id = @user",
                ("user", user));
            Assert.Equal(OutsidePanel.FirstTokens - decimal.Floor(exact * 100), panel.VirtFusion.Wallet(user));
        }
        Assert.Equal(HttpStatusCode.OK, frozenStatus);
        var runId = frozenAnswer["runId"]!.GetValue<long>();
        var run = (await apps[1].GetAsync($"/api/admin/cron/runs/{runId}")).Body["run"]!;
        Assert.Equal("abandoned", run["status"]!.GetValue<string>());
        // What it had committed is its own, what it had not is the other run's.
        Assert.Equal(await panel.ScalarAsync<long>("select count(*) from cron_service.charges where run_id = @id", ("id", runId)),
            run["hoursBilled"]!.GetValue<long>());
        Assert.False(frozenAnswer["success"]!.GetValue<bool>());
        Assert.NotEqual(runId, other["runId"]!.GetValue<long>());
    }

    // The wallet has moved, the row of the debit is written, and nobody commits: whoever charges waits for its locks, and gives up after
    // half a minute.
    [Fact]
    public async Task A_process_that_is_frozen_within_a_settlement_is_cut_off_and_the_other_one_bills_on()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 50, OutsidePanel.HoursAgo(10));
        var first = await panel.StartAppAsync();

        Task<(HttpStatusCode Status, JsonObject Body)> frozen;
        await using (var row = await HeldRows.HoldAsync(panel.Database, "lock table public.transactions in exclusive mode"))
        {
            frozen = first.PostAsync(OutsidePanel.Trigger);
            await panel.UntilAsync("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = " +
                "'Lock' and query like '%public.transactions%')");
            await first.FreezeAsync();
            await row.LetGoAsync();
        }
        // The savepoint around that row is released in the same round trip.
        await panel.UntilAsync("select exists (select from pg_stat_activity where datname = current_database() and state = 'idle in " +
            "transaction' and query like '%release attempt%')");
        // Not before: its heartbeat might settle the debit.
        var second = await panel.StartAppAsync();
        await panel.UntilAsync("select not exists (select from cron_service.leases where job = 'hourly-billing' and expires_at > now())");
        Assert.Equal("sending", await panel.ScalarAsync<string>("select state from cron_service.debits"));

        var (status, other) = await second.PostAsync(OutsidePanel.Trigger);

        Assert.Equal((HttpStatusCode.OK, "succeeded"), (status, other["status"]!.GetValue<string>()));
        first.Continue();
        Assert.Equal("abandoned", (await frozen).Body["status"]!.GetValue<string>());
        await panel.SettleAsync(second);
        Assert.Single(panel.VirtFusion.Credits);
        await panel.BooksBalanceAsync();
        // It works on, with connections that were not cut off.
        Assert.Equal(HttpStatusCode.OK, (await first.PostAsync(OutsidePanel.Trigger)).Status);
    }
}
