using SkyPanel.Functions.Database;
using static SkyPanel.Functions.Tests.Dns.DnsBench;

namespace SkyPanel.Functions.Tests.Dns;

public sealed class RenewalTests
{
    [Fact]
    public async Task A_renewal_is_one_transfer_and_its_exact_price_in_tokens()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 19.99m, "2026-03-01");
        await panel.SubscribeAsync(2, 12, 1.15m, "2026-03-01");

        var result = await panel.RenewAsync("2026-03-01 02:00");

        Assert.Equal((2, 21.14m, 2114L), (result.Renewed, result.Amount, result.TokensDebited));
        Assert.Equal((98_001m, 99_885m), (panel.VirtFusion.Wallet(11), panel.VirtFusion.Wallet(12)));
        Assert.Equal(("active 2026-04-01", "2026-03-01"), (await panel.SubscriptionAsync(1), await panel.PaidAsync(1)));
        Assert.Equal(2L, await panel.Database.ScalarAsync<long>("""
            select count(*) from public.transactions t join cron_service.panel_rows p on p.table_name = 'transactions'
                and p.ids @> t.id::bigint
            where t.type = 'dns_plan_renewal' and p.debit_id is not null
            """));
        Assert.Equal("2026-03-01T02:00 2026-04-01T00:00", await panel.Database.ScalarAsync<string>("""
            select to_char("lastPaymentDate", 'YYYY-MM-DD"T"HH24:MI ') || to_char("endDate", 'YYYY-MM-DD"T"HH24:MI')
                from public.dns_plan_subscriptions where id = 1
            """));
        await panel.LawsHoldAsync();
    }

    [Fact]
    public async Task A_renewal_is_in_the_panel_also_after_the_panel_starts_its_ids_again()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 19.99m, "2026-03-01");
        await panel.RenewAsync("2026-03-01 02:00");
        await panel.Database.ExecuteAsync("truncate public.transactions restart identity");

        await panel.RenewAsync("2026-04-01 02:00");

        Assert.Equal(1, await panel.Database.ScalarAsync<long>("""
            select count(*) from public.transactions t join cron_service.panel_rows p on p.table_name = 'transactions'
                and p.ids @> t.id::bigint and t.payment_id = 'debit:' || p.debit_id
            """));
        await panel.LawsHoldAsync();
    }

    [Fact]
    public async Task Less_than_a_token_is_carried_to_the_next_debit()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 0.005m, "2026-03-01");

        await panel.RenewAsync("2026-03-01 02:00");
        Assert.Equal(100_000m, panel.VirtFusion.Wallet(11));
        await panel.RenewAsync("2026-04-01 02:00");

        Assert.Equal(99_999m, panel.VirtFusion.Wallet(11));
        await panel.LawsHoldAsync();
    }

    [Fact]
    public async Task Two_runs_that_overlap_renew_once()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01");
        var (fence, runId) = await panel.LeaseAsync();
        await using var connection = await panel.Database.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var hold = new Npgsql.NpgsqlCommand("select from cron_service.accounts where kind = 'revenue' for update", connection))
            await hold.ExecuteNonQueryAsync(ct);

        var runs = new[] { panel.RenewAsync(runId, fence, "2026-03-01 02:00"), panel.RenewAsync(runId, fence, "2026-03-01 02:00") };
        await panel.Database.BlockedAsync(2);
        await transaction.CommitAsync(ct);

        Assert.Equal(1, (await Task.WhenAll(runs)).Sum(result => result.Renewed));
        Assert.Equal("2026-03-01", await panel.PaidAsync(1));
        Assert.Equal(99_000m, panel.VirtFusion.Wallet(11));
        await panel.LawsHoldAsync();
    }

    [Fact]
    public async Task A_run_whose_lease_was_lost_renews_nothing()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01");
        var (fence, runId) = await panel.LeaseAsync();

        await Assert.ThrowsAsync<LeaseLostException>(() => panel.RenewAsync(runId, fence with { Number = fence.Number - 1 },
            "2026-03-01 02:00"));

        Assert.Equal(("active 2026-03-01", ""), (await panel.SubscriptionAsync(1), await panel.PaidAsync(1)));
    }

    [Fact]
    public async Task A_date_that_was_put_back_is_moved_on_and_not_charged_again()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01");
        await panel.RenewAsync("2026-03-01 02:00");
        await panel.Database.ExecuteAsync("""update public.dns_plan_subscriptions set "nextPaymentDate" = '2026-03-10'""");

        await panel.RenewAsync("2026-03-20 02:00");

        Assert.Equal(("active 2026-04-01", "2026-03-01"), (await panel.SubscriptionAsync(1), await panel.PaidAsync(1)));
        Assert.Equal(99_000m, panel.VirtFusion.Wallet(11));
    }

    [Fact]
    public async Task A_dry_run_tells_and_writes_nothing()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-02-01");
        await panel.SubscribeAsync(2, 12, 10m, "2026-03-01", tokens: 5);

        var result = await panel.RenewAsync("2026-03-01 02:00", isDryRun: true);

        Assert.Equal((2, 20m), (result.Renewed, result.Amount));
        Assert.Contains("would be in grace", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(("active 2026-02-01", 100_000m), (await panel.SubscriptionAsync(1), panel.VirtFusion.Wallet(11)));
        Assert.Equal(0, await panel.Database.ScalarAsync<long>(
            "select (select count(*) from cron_service.dns_renewals) + (select count(*) from cron_service.dns_graces) + (select count(*) " +
                "from cron_service.transfers)"));
    }

    [Fact]
    public async Task Free_plans_never_renew_and_what_cannot_be_decided_is_told()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 0m, "2026-03-01");
        await panel.SubscribeAsync(2, 12, 10m, "2026-03-01");
        await panel.SubscribeAsync(3, 13, 10m, "2025-11-01");
        await panel.SubscribeAsync(4, 14, 10m, "2026-03-01");
        await panel.Database.ExecuteAsync("delete from public.users where id = 12; update public.dns_plans set price = 'NaN' where id = 4");

        var result = await panel.RenewAsync("2026-03-01 02:00");

        Assert.Equal(0, result.Renewed);
        Assert.Equal(3, result.Problems.Count);
        Assert.Contains("its user no longer exists", result.Problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("Dns:MaxCatchUpPeriods", result.Problems[1].Message, StringComparison.Ordinal);
        Assert.Contains("price that can't be used", result.Problems[2].Message, StringComparison.Ordinal);
        Assert.Equal(0, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.transfers"));
    }

    [Fact]
    public async Task One_wallet_pays_for_as_many_as_it_holds()
    {
        await using var panel = await StartAsync();
        await panel.SubscribeAsync(1, 11, 10m, "2026-03-01", tokens: 1_500);
        await panel.SubscribeAsync(2, 11, 10m, "2026-03-02");

        var result = await panel.RenewAsync("2026-03-03 02:00");

        Assert.Equal((1, 1), (result.Renewed, result.InGrace));
        Assert.Equal(500m, panel.VirtFusion.Wallet(11));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Any_sequence_of_runs_charges_each_period_once(int seed)
    {
        await using var panel = await StartAsync(("Dns:MaxCatchUpPeriods", "24"));
        await panel.SubscribeAsync(1, 11, 3.333333m, "2028-01-31");
        await panel.SubscribeAsync(2, 12, 7m, "2028-01-15", "2027-01-15");
#pragma warning disable CA5394 // A seeded order of runs guards nothing.
        var random = new Random(seed);
        for (var run = 0; run < 15; run++)
            await panel.RenewAsync($"{At("2028-01-01").AddDays(random.Next(160)):yyyy-MM-dd} 02:00");
#pragma warning restore CA5394
        await panel.RenewAsync("2028-06-10 02:00");

        Assert.Equal("2028-01-31 2028-02-29 2028-03-31 2028-04-30 2028-05-31", await panel.PaidAsync(1));
        Assert.Equal("2028-01-15 2028-02-15 2028-03-15 2028-04-15 2028-05-15", await panel.PaidAsync(2));
        Assert.Equal((100_000m - 1666, 100_000m - 3500), (panel.VirtFusion.Wallet(11), panel.VirtFusion.Wallet(12)));
        await panel.LawsHoldAsync();
    }
}
