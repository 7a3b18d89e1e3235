using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Dns;
using SkyPanel.Functions.Tests.Wallet;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Tests.Backup;

/// <summary>What a backup doesn't know is not charged twice after its restore.</summary>
public sealed class AftermathTests
{
    [Fact]
    public async Task A_hold_that_was_approved_before_the_backup_and_charged_after_it_is_open_again_and_charges_nothing()
    {
        await using var bench = await BackupBench.StartAsync(("Billing:MaxAmountPerAccount", "0.01"));
        await using var restored = await EmptyDatabase.CreateAsync();
        var held = await bench.Panel.HoldsAsync();
        foreach (var hold in held)
            await bench.Panel.DecideAsync(hold.Id, isApproved: true);
        var file = await RestoreTests.BackUpAsync(bench);
        Assert.Equal(36, (await bench.Panel.BillAsync(BackupBench.Noon)).Hours);
        var credits = bench.Panel.VirtFusion.Credits.Count;

        var report = await restored.RestoreAsync(file, BackupBench.Noon);

        Assert.Equal((2, 2), (held.Count, report.Aftermath.ReopenedHolds));
        var app = bench.Panel.StartApp(("ConnectionStrings:SkyPanel", restored.ConnectionString));
        Assert.Equal(0, (await TestPanel.BillAsync(app, BackupBench.Noon)).Hours);
        Assert.Equal(credits, bench.Panel.VirtFusion.Credits.Count);
        Assert.True(await restored.ScalarAsync<bool>("""
            select bool_and(state = 'open' and decided_by is null and reason like '%; restored from a backup of % may have been charged%')
            from cron_service.holds
            """));
    }

    [Fact]
    public async Task Of_an_approved_hold_that_is_charged_in_part_the_other_hours_are_open_again()
    {
        var ten = new DateTimeOffset(2026, 3, 4, 10, 0, 0, TimeSpan.Zero);
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerAccount", "1"), ("Billing:HoursPerTransaction", "1"));
        await using var restored = await EmptyDatabase.CreateAsync();
        await panel.AddServerAsync(1, userId: 1, 730m, ten);
        await panel.BillAsync(ten.AddHours(4));
        await panel.DecideAsync(Assert.Single(await panel.HoldsAsync()).Id, isApproved: true);
        await panel.Database.ExecuteAsync("""
            create function refuse_later() returns trigger language plpgsql as $$ begin
                if new.hour_start >= '2026-03-04 11:00Z' then raise exception 'killed' using errcode = '57P01'; end if; return new; end $$;
            create trigger refuse_later before insert on cron_service.charges for each row execute function refuse_later()
            """);
        await Assert.ThrowsAsync<PostgresException>(() => panel.BillAsync(ten.AddHours(4)));
        using var content = new MemoryStream();
        await panel.Services.GetRequiredService<BackupWriter>().WriteAsync(content, TestContext.Current.CancellationToken);
        content.Position = 0;

        var report = await restored.RestoreAsync(content, ten.AddHours(4));

        Assert.Equal((1, 0, true), (report.Aftermath.ReopenedHolds, report.Aftermath.HeldHours, report.Integrity.Ok));
        Assert.Equal("charged 1 10-11, open 3 11-14", await restored.ScalarAsync<string>("""
            select string_agg(format('%s %s %s-%s', h.state, h.hours, to_char(s.from_hour, 'HH24'), to_char(s.until_hour, 'HH24')), ', '
                order by s.from_hour)
            from cron_service.holds h join cron_service.hold_spans s on s.hold_id = h.id
            """));
    }

    [Theory]
    [InlineData("delete from public.virtfusion_hourly_billing")]
    [InlineData("update public.virtfusion_hourly_billing set billing_enabled = false")]
    public async Task The_last_hours_of_a_server_that_was_removed_or_switched_off_before_the_backup_are_held_too(string change)
    {
        var ten = new DateTimeOffset(2026, 3, 4, 10, 0, 0, TimeSpan.Zero);
        await using var panel = await TestPanel.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await panel.AddServerAsync(1, userId: 1, 730m, ten.AddHours(-1));
        await panel.BillAsync(ten);
        await panel.Database.ExecuteAsync("update cron_service.enrolments set taken_over_at = @at", ("at", ten.UtcDateTime));
        await panel.ObserveAsync(ten.AddMinutes(20));
        await panel.Database.ExecuteAsync(change);
        await panel.ObserveAsync(ten.AddMinutes(25));
        using var content = new MemoryStream();
        await panel.Services.GetRequiredService<BackupWriter>().WriteAsync(content, TestContext.Current.CancellationToken);
        content.Position = 0;
        Assert.Equal(1, (await panel.BillAsync(ten.AddHours(1))).Hours);

        var report = await restored.RestoreAsync(content, ten.AddHours(5));

        Assert.Equal(5, report.Aftermath.HeldHours);
        await restored.ExecuteAsync("update cron_service.holds set state = 'rejected' where state = 'open'");
        var app = panel.StartApp(("ConnectionStrings:SkyPanel", restored.ConnectionString));
        Assert.Equal(0, (await TestPanel.BillAsync(app, ten.AddHours(5))).Hours);
    }

    [Fact]
    public async Task Tokens_that_may_have_been_given_back_since_the_backup_are_a_held_refund()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await WalletBench.StartAsync(("Billing:TokensPerCurrencyUnit", "1000"));
        await using var restored = await EmptyDatabase.CreateAsync();
        foreach (var (user, amount) in new[] { (11, 50m), (12, 0.0004m), (13, 7m) })
            await bench.CreditAsync(user, amount);
        await bench.RefundAsync(13, "it waits");
        using var content = new MemoryStream();
        await bench.Get<BackupWriter>().WriteAsync(content, ct);
        content.Position = 0;
        await bench.RefundAsync(11, "billed too much");
        await bench.DeliverAsync();
        Assert.Equal(WalletBench.Start + 50_000, bench.VirtFusion.Wallet(11));

        var report = await restored.RestoreAsync(content, BackupBench.Noon);

        Assert.Equal((1, 1), (report.Aftermath.HeldDebits, report.Aftermath.HeldRefunds));
        Assert.Matches("^11 50000 50.0* restored from a backup of .* UTC: it may have been given", await restored.ScalarAsync<string>("""
            select a.user_id || ' ' || d.tokens || ' ' || d.amount || ' ' || d.message
            from cron_service.debits d join cron_service.accounts a on a.id = d.account_id
            where d.kind = 'refund' and d.state = 'held' and d.id > 1000000
            """));
        var app = bench.Panel.StartApp(("ConnectionStrings:SkyPanel", restored.ConnectionString));
        var refund = await restored.ScalarAsync<long>("select max(id) from cron_service.debits");
        await using (var connection = await restored.Source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await app.GetRequiredService<HeldDebits>().DecideAsync(connection, refund, DebitAction.Settle, "Ann", "it was given", ct);
            await transaction.CommitAsync(ct);
        }
        Assert.Equal(0m, await restored.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11"));
        // Credited without a correction.
        Assert.Equal(["adjustments", "statements"], (await app.GetRequiredService<Integrity>().CheckAsync(ct)).Checks
            .Where(check => !check.Ok).Select(check => check.Name));
    }

    [Fact]
    public async Task Subscriptions_that_may_have_been_renewed_since_the_backup_are_named()
    {
        await using var panel = await DnsBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-10");
        await panel.SubscribeAsync(2, 12, 10m, "2026-03-12");
        await panel.SubscribeAsync(3, 13, 10m, "2026-03-11");
        await panel.SubscribeAsync(4, 14, price: 0, "2026-03-10");
        await panel.Database.ExecuteAsync("""update public.dns_plan_subscriptions set "autoRenew" = false where id = 3""");
        using var content = new MemoryStream();
        await panel.Services.GetRequiredService<BackupWriter>().WriteAsync(content, TestContext.Current.CancellationToken);
        content.Position = 0;
        Assert.Equal(1, (await panel.RenewAsync("2026-03-11")).Renewed);

        var report = await restored.RestoreAsync(content, DnsBench.At("2026-03-11"));

        Assert.Equal(["1 of user 11, due 2026-03-10"], report.Aftermath.DueRenewals);
    }

    [Fact]
    public async Task A_run_that_was_under_way_in_the_backup_keeps_what_it_charged_in_the_run_log()
    {
        await using var bench = await BackupBench.StartAsync();
        await using var restored = await EmptyDatabase.CreateAsync();
        await bench.Panel.Database.ExecuteAsync("update cron_service.runs set status = 'running', finished_at = null, hours_billed = 0");

        await restored.RestoreAsync(await RestoreTests.BackUpAsync(bench), BackupBench.Noon);

        Assert.Equal("abandoned 4 36", await restored.ScalarAsync<string>(
            "select status || ' ' || servers_processed || ' ' || hours_billed from cron_service.runs where job = 'hourly-billing'"));
    }
}
