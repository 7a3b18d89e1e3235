using SkyPanel.Functions.Database;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>What the panel's own pages read: a copy that agrees with the ledger and never stands in its way.</summary>
public sealed class PanelRowsTests
{
    [Fact]
    public async Task Each_server_run_and_UTC_day_is_one_row_also_for_more_than_99_hours_in_one_run()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 9.99m, At("2026-03-04 22:30"));
        await panel.AddServerAsync(2, userId: 2, 7.30m, At("2026-03-01 00:00"));

        await panel.BillAsync(At("2026-03-06 02:00"));

        Assert.Equal(
            [
                ("2026-03-04 22:00", "2026-03-05 00:00", 1.50m),
                ("2026-03-05 00:00", "2026-03-06 00:00", 24m),
                ("2026-03-06 00:00", "2026-03-06 02:00", 2m),
            ], await RowsAsync(panel, 1));
        Assert.Equal([24m, 24m, 24m, 24m, 24m, 2m], (await RowsAsync(panel, 2)).Select(row => row.Hours));
        Assert.Equal(9, await panel.CountAsync("public.virtfusion_hourly_transactions where status = 'completed'"));
        Assert.Equal(9, await panel.CountAsync(
            "cron_service.panel_rows p join public.virtfusion_hourly_transactions t " +
            "on p.table_name = 'virtfusion_hourly_transactions' and p.ids @> t.id::bigint"));
        Assert.Equal(1, await panel.CountAsync("cron_service.panel_rows where table_name = 'virtfusion_hourly_transactions'"));
    }

    [Fact]
    public async Task The_panels_amounts_add_up_to_the_ledgers_to_four_decimals_however_small_they_are()
    {
        // 0.03 a month is 0.000041 an hour: rounded by itself each row would be nothing.
        await using var panel = await TestPanel.StartAsync();
        decimal[] prices = [0.03m, 2.50m, 3.33m, 9.99m];
        for (var server = 1; server <= prices.Length; server++)
            await panel.AddServerAsync(server, userId: 1, prices[server - 1], At("2026-03-30 07:11:13"));

        for (var hour = 0; hour <= 60; hour++)
        {
            await panel.BillAsync(At("2026-03-30 07:00").AddHours(hour));
            Assert.Equal(0, await panel.CountAsync("""
                (select c.server_id, sum(c.amount) as amount from cron_service.charges c group by 1) c
                where round(amount, 4) <> (select sum(amount_charged) from public.virtfusion_hourly_transactions t
                    where t.server_id = c.server_id)
                """));
        }
        Assert.Equal(0.0025m, await panel.Database.ScalarAsync<decimal>(
            "select sum(amount_charged) from public.virtfusion_hourly_transactions where server_id = 1"));
    }

    [Fact]
    public async Task Last_billed_at_is_the_end_of_what_was_decided_in_UTC_wall_time_whatever_the_servers_zone()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync(
            $"alter database {await panel.Database.ScalarAsync<string>("select current_database()::text")} set timezone to " +
            $"'America/New_York'");
        await panel.AddServerAsync(1, userId: 1, 73.00m, At("2026-03-04 10:20"));
        await panel.AddServerAsync(2, userId: 1, 73.00m, At("2026-03-04 10:20"));
        panel.VirtFusion.Suspend(2);
        var before = await panel.Database.ScalarAsync<DateTime>("select now() at time zone 'UTC'");

        await panel.BillAsync(At("2026-03-04 13:59"));

        Assert.Equal(2, await panel.CountAsync("public.virtfusion_hourly_billing where last_billed_at = '2026-03-04 13:00'"));
        Assert.Equal(("2026-03-04 10:00", "2026-03-04 13:00", 2.67m), Assert.Single(await RowsAsync(panel, 1)));
        Assert.Equal(1, await panel.CountAsync(
            $"public.virtfusion_hourly_transactions where created_at between '{before:O}'::timestamp and now() at time zone 'UTC'"));
        Assert.Equal(1, await panel.CountAsync(
            $"public.transactions where created_at between '{before:O}'::timestamp and now() at time zone 'UTC'"));
    }

    [Fact]
    public async Task Customers_still_see_their_rows_after_the_panel_starts_its_ids_again()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73.00m, At("2026-03-04 10:00"));
        await panel.AddServerAsync(2, userId: 1, 73.00m, At("2026-03-04 10:00"));
        await panel.BillAsync(At("2026-03-04 11:00"));
        await panel.Database.ExecuteAsync("truncate public.virtfusion_hourly_transactions, public.transactions restart identity");

        await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Equal(2, await panel.CountAsync("cron_service.panel_rows p join public.virtfusion_hourly_transactions t " +
            "on p.table_name = 'virtfusion_hourly_transactions' and p.ids @> t.id::bigint " +
            "and p.run_id = (select max(run_id) from cron_service.charges)"));
        Assert.Equal(1, await panel.CountAsync("cron_service.panel_rows p join public.transactions t on p.table_name = 'transactions' " +
            "and p.ids @> t.id::bigint and t.payment_id = 'debit:' || p.debit_id"));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task A_users_row_that_is_gone_by_the_time_of_its_debit_is_left_out_and_the_ledger_stands()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73.00m, At("2026-03-04 10:00"));
        await panel.AddServerAsync(2, userId: 2, 73.00m, At("2026-03-04 10:00"));
        await panel.BillAsync(At("2026-03-04 11:00"));
        await panel.Database.ExecuteAsync("delete from public.users where id = 1");

        var result = await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Equal([1], result.Problems.Select(problem => problem.ServerId!.Value)); // No owner: its hours wait.
        Assert.Equal((0.10m, 0.20m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2)));
        Assert.Equal(2, await panel.CountAsync(
            "cron_service.debits where state = 'settled' and account_id = (select id from cron_service.accounts where user_id = 2)"));
        await panel.AssertBooksBalanceAsync();
    }

    [Theory]
    [InlineData("drop table public.virtfusion_hourly_transactions")]
    [InlineData("drop table public.transactions")]
    [InlineData("alter table public.virtfusion_hourly_transactions drop status")]
    [InlineData("alter table public.virtfusion_hourly_transactions add check (amount_charged < 0)")]
    [InlineData("alter table public.transactions add note text not null")]
    [InlineData("alter table public.virtfusion_hourly_billing add check (last_billed_at < '2026-03-04 11:30')")]
    public async Task A_table_of_the_panel_that_refuses_our_rows_costs_the_ledger_nothing(string change)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73.00m, At("2026-03-04 10:00"));
        await panel.Database.ExecuteAsync(change);

        var result = await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Equal((2L, 0.20m, 20L), (result.Hours, result.Amount, result.TokensDebited));
        Assert.Equal(100_000 - 20, panel.VirtFusion.Wallet(1));
        Assert.Equal(1, await panel.CountAsync("cron_service.debits where state = 'settled'"));
        await panel.AssertBooksBalanceAsync();
        Assert.Equal(0, (await panel.BillAsync(At("2026-03-04 12:00"))).Hours);
    }

    private static Task<List<(string From, string Until, decimal Hours)>> RowsAsync(TestPanel panel, int serverId) =>
        panel.Database.Source.QueryAsync("""
            select to_char(billing_period_start, 'YYYY-MM-DD HH24:MI'), to_char(billing_period_end, 'YYYY-MM-DD HH24:MI'), hours_billed
            from public.virtfusion_hourly_transactions where server_id = @id order by billing_period_start
            """, row => (row.GetString(0), row.GetString(1), row.GetDecimal(2)), TestContext.Current.CancellationToken, ("id", serverId));
}
