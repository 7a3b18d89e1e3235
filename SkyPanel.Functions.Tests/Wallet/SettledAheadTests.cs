using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Payments;
using SkyPanel.Functions.Tests.WhatIf;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>Debits were settled while the database's clock was two days ahead, which was put right.</summary>
public sealed class SettledAheadTests
{
    // As a replica, since the triggers keep a settled debit unchanged.
    private const string AheadSql = """
        set session_replication_role = replica;
        update cron_service.debits set last_attempt_at = last_attempt_at + interval '2 days', settled_at = settled_at + interval '2 days';
        update cron_service.wallet_readings set read_at = read_at + interval '2 days';
        set session_replication_role = origin
        """;

    // As after the repair of a clock that was forty days ahead: a transfer is never changed.
    private const string MovedBackSql = """
        set session_replication_role = replica;
        update cron_service.debits set settled_at = settled_at - interval '40 days';
        set session_replication_role = origin
        """;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_next_reading_of_the_wallet_is_stored_and_is_the_balance()
    {
        await using var bench = await StartAsync();

        Assert.True(await ReadAsync(bench));

        Assert.Equal(970m, await BalanceAsync(bench));
        await bench.OweAsync(11);
        await bench.DeliverAsync();
        Assert.Equal((960m, 960m), (await BalanceAsync(bench), bench.VirtFusion.Wallet(11)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_reading_between_the_correction_and_the_repair_does_not_count_since_it_has_the_debits_in_it()
    {
        await using var bench = await StartAsync("update cron_service.wallet_readings set read_at = now()");

        Assert.Null(await BalanceAsync(bench));
        await ReadAsync(bench);
        Assert.Equal(970m, await BalanceAsync(bench));
    }

    [Fact]
    public async Task They_still_explain_in_their_order_how_the_wallet_moved()
    {
        await using var bench = await StartAsync();
        await ReadAsync(bench);

        Assert.Equal((1, 0), ((await bench.Panel.DriftAsync())!.AccountsRead, (await bench.Panel.DriftAsync())!.Movements.Count));
        Assert.Equal([1000m, 990m, 980m], await bench.Database.Source.QueryAsync<decimal>(
            "select balance_before_tokens from cron_service.debits order by last_attempt_at", Ct));
    }

    [Fact]
    public async Task The_statement_of_the_month_in_which_they_were_posted_has_them_once_that_month_has_begun()
    {
        await using var bench = await StartAsync();
        await bench.Database.ExecuteAsync(MovedBackSql);

        var statement = await bench.Get<Statements>().ReadAsync(11, await ThisMonthAsync(bench.Database), Ct);

        Assert.Equal((3, -0.30m), (statement.Wallet.Count, statement.Totals.Debits));
    }

    [Fact]
    public async Task The_statement_of_the_month_in_which_a_grant_was_posted_has_it_once_that_month_has_begun()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        await bench.Panel.Database.ExecuteAsync(MovedBackSql);

        var statement = await bench.Get<Statements>().ReadAsync(1, await ThisMonthAsync(bench.Panel.Database), Ct);

        Assert.Equal(topUp.Id, Assert.Single(statement.TopUps).TopUpId);
    }

    private static async Task<string> ThisMonthAsync(TestDatabase database) =>
        (await database.ScalarAsync<string>("select to_char(now() at time zone 'UTC', 'YYYY-MM')"))!;

    /// <summary>Three debits of ten tokens each.</summary>
    private static async Task<WalletBench> StartAsync(string beforeTheRepair = "select")
    {
        var bench = await WalletBench.StartAsync();
        for (var debit = 0; debit < 3; debit++)
        {
            await bench.OweAsync(11);
            await bench.DeliverAsync();
        }
        await bench.Database.ExecuteAsync($"{AheadSql}; {beforeTheRepair}");
        await bench.Get<ClockRepairs>().RepairAsync(Ct);
        return bench;
    }

    private static async Task<bool> ReadAsync(WalletBench bench) => await bench.Get<WalletReadings>().StoreAsync(11,
        bench.VirtFusion.Wallet(11), await bench.Database.ScalarAsync<DateTime>("select now()"), Ct);

    private static Task<decimal?> BalanceAsync(WalletBench bench) =>
        bench.Database.ScalarAsync<decimal?>("select tokens from cron_service.wallets");
}
