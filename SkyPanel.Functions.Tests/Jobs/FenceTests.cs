using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Maintenance;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Dns;

namespace SkyPanel.Functions.Tests.Jobs;

public sealed class FenceTests
{
    [Fact]
    public async Task An_hourly_billing_that_lost_its_lease_charges_nothing_and_the_next_one_charges_each_hour_once()
    {
        await using var panel = await TestPanel.StartAsync();
        await RealClock.AwayFromAFullHourAsync();
        var now = TimeProvider.System.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        await panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, hour.AddHours(-10));
        await panel.BillAsync(hour.AddHours(-9));
        await using var accounts = await HeldRows.HoldAsync(panel.Database, "select from cron_service.accounts for update");
        var run = await panel.StartAsync("hourly-billing");
        await panel.Database.BlockedAsync(1);
        await panel.TakeOverAsync("hourly-billing");
        var before = await panel.CountAsync("cron_service.charges");
        await accounts.LetGoAsync();

        await panel.SaysItLostItsLeaseAsync("hourly-billing", await run.Outcome);
        Assert.Equal(before, await panel.CountAsync("cron_service.charges"));

        await panel.EndOtherAsync("hourly-billing");
        var next = await panel.RunAsync("hourly-billing");
        Assert.Equal((await panel.CountAsync("cron_service.charges") - before, await panel.ChargedAsync(1)),
            (next.Hours, await panel.CountAsync("cron_service.charges") * 0.1m));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task A_renewal_that_lost_its_lease_charges_nobody_and_the_next_one_renews_each_once()
    {
        await using var panel = await DnsBench.StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, Yesterday());
        await panel.SubscribeAsync(2, 12, 10m, Yesterday());

        await panel.SaysItLostItsLeaseAsync("dns-renewal", await panel.RunTakenOverAsync("dns-renewal"));
        Assert.Equal((0, 100_000m, 100_000m), (await panel.CountAsync("cron_service.transfers"), panel.VirtFusion.Wallet(11),
            panel.VirtFusion.Wallet(12)));

        await panel.EndOtherAsync("dns-renewal");
        Assert.Equal((RunStatus.Succeeded, 2000L), await panel.RunAsync("dns-renewal") is var next ? (next.Status, next.Tokens) : default);
        Assert.Equal((2, 99_000m, 99_000m), (await panel.CountAsync("cron_service.dns_renewals"), panel.VirtFusion.Wallet(11),
            panel.VirtFusion.Wallet(12)));
        await panel.LawsHoldAsync();
    }

    [Fact]
    public async Task A_renewal_that_lost_its_lease_suspends_nobody()
    {
        await using var panel = await DnsBench.StartAsync(("Dns:Grace", "00:00:00"));
        await panel.SubscribeAsync(1, 11, 10m, Yesterday(), tokens: 5);

        await panel.SaysItLostItsLeaseAsync("dns-renewal", await panel.RunTakenOverAsync("dns-renewal"));
        Assert.Equal((0, 0), (await panel.CountAsync("cron_service.dns_graces"),
            await panel.CountAsync("public.dns_plan_subscriptions where status = 'suspended'")));

        await panel.EndOtherAsync("dns-renewal");
        await panel.RunAsync("dns-renewal");
        Assert.Equal((1, 1), (await panel.CountAsync("cron_service.dns_graces"),
            await panel.CountAsync("public.dns_plan_subscriptions where status = 'suspended'")));
    }

    [Fact]
    public async Task A_maintenance_that_lost_its_lease_removes_nothing()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync(
            "insert into cron_service.idempotency_keys (key, operation, caller, request_hash, created_at) values ('1', '/', 'a', '', " +
            "now() - interval '1 year')");

        await panel.SaysItLostItsLeaseAsync("maintenance", await panel.RunTakenOverAsync("maintenance"));
        Assert.Equal(1, await panel.CountAsync("cron_service.idempotency_keys"));

        await panel.EndOtherAsync("maintenance");
        await panel.RunAsync("maintenance");
        Assert.Equal(0, await panel.CountAsync("cron_service.idempotency_keys"));
    }

    [Fact]
    public async Task A_monitoring_that_lost_its_lease_stores_and_tells_nothing_and_the_next_one_tells_once()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("""
            insert into cron_service.holds (scope, server_id, from_hour, until_hour, hours, reason)
                values ('server', 7, '2026-01-01Z', '2026-01-01 01:00Z', 1, 'old')
            """);

        await panel.SaysItLostItsLeaseAsync("monitoring", await panel.RunTakenOverAsync("monitoring"));
        Assert.Equal((0, 0), (await panel.CountAsync("cron_service.checks"), await panel.CountAsync("cron_service.outbox")));

        await panel.EndOtherAsync("monitoring");
        await panel.RunAsync("monitoring");
        Assert.Equal(1, await panel.CountAsync("cron_service.outbox where subject = 'check:held'"));
    }

    [Fact]
    public async Task Each_step_that_writes_asks_for_itself()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("""
            alter table cron_service.observations set (autovacuum_enabled = false);
            insert into cron_service.observations (observed_at, servers_listed, is_complete) select now() - interval '1 year', 1, true
                from generate_series(1, 5000);
            """);
        await panel.Database.ExecuteAsync("select pg_stat_force_next_flush()");
        var outdated = (await panel.Services.GetRequiredService<Leases>().AcquireAsync("any", "test", ct))!;
        await panel.TakeOverAsync("any");

        await Assert.ThrowsAsync<LeaseLostException>(() => panel.Services.GetRequiredService<Retention>().RemoveAsync(outdated, ct));
        await Assert.ThrowsAsync<LeaseLostException>(() => panel.Services.GetRequiredService<Statistics>().RefreshAsync(outdated, ct));
        await Assert.ThrowsAsync<LeaseLostException>(() => panel.Services.GetRequiredService<CheckRecords>()
            .StoreAsync("x", Finding.Failing("bad"), TimeProvider.System.GetUtcNow(), outdated, ct));
        Assert.Equal((5000, 0), (await panel.CountAsync("cron_service.observations"), await panel.CountAsync("cron_service.checks")));
    }

    [Fact]
    public async Task A_number_that_a_failover_gave_to_another_holder_too_is_no_right_to_write()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        var leases = panel.Services.GetRequiredService<Leases>();
        var fence = (await leases.AcquireAsync("any", "test", ct))!;
        await panel.Database.ExecuteAsync("update cron_service.leases set holder = 'another' where job = 'any'");

        await Assert.ThrowsAsync<LeaseLostException>(() => fence.CheckAsync(panel.Database.Source, ct));
        Assert.False(await leases.RenewAsync(fence, ct));
        await leases.ReleaseAsync(fence);
        Assert.Contains("any", await leases.LeasedAsync(ct));
    }

    [Fact]
    public async Task Nobody_takes_over_while_a_run_commits_and_one_that_is_frozen_then_is_cut_off_by_the_server()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        var fence = (await panel.Services.GetRequiredService<Leases>().AcquireAsync("any", "test", ct))!;
        await using var connection = await panel.Database.Source.OpenConnectionAsync(ct);
        await using var committing = await connection.BeginAsync(ct);
        await fence.CheckAndLockAsync(connection, ct);
        Assert.Equal(["15s"], await connection.QueryAsync("show idle_in_transaction_session_timeout", row => row.GetString(0), ct));

        var taking = panel.TakeOverAsync("any");
        await panel.Database.BlockedAsync(1);
        await fence.CheckAndLockAsync(connection, ct);
        await committing.CommitAsync(ct);
        await taking;
        Assert.Equal(["0"], await connection.QueryAsync("show idle_in_transaction_session_timeout", row => row.GetString(0), ct));

        await Assert.ThrowsAsync<LeaseLostException>(() => fence.CheckAsync(panel.Database.Source, ct));
    }

    private static string Yesterday() => TimeProvider.System.GetUtcNow().AddDays(-1)
        .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
