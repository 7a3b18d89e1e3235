using System.Globalization;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Tests.Metering;
using SkyPanel.Functions.WhatIf;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.WhatIf;

/// <summary>What the panel's own engine took wrong is given back or asked for, once.</summary>
public sealed class RepairTests
{
    private static readonly DateTimeOffset March = At("2026-03-01 00:00"), April = At("2026-04-01 00:00");

    [Fact]
    public async Task The_panels_rounding_is_given_back_or_asked_for_and_then_nothing_is_left()
    {
        (decimal Price, decimal Taken)[] prices = [(2.5m, 0m), (5m, 7.30m), (7.3m, 7.30m), (10m, 7.30m), (50m, 51.10m)];
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= prices.Length; server++)
            await PanelEngine.AddServerAsync(panel, server, server, prices[server - 1].Price, March);
        await panel.ObserveAsync(March);
        for (var server = 1; server <= prices.Length; server++)
            await PanelEngine.BillAsync(panel, server, March, 730);

        var found = (await panel.RepairAsync())!;
        Assert.Equal(prices.Select((row, index) => (index + 1, row.Taken, row.Price, row.Taken - row.Price, row.Taken - row.Price)),
            found.Customers.OrderBy(row => row.UserId).Select(row => (row.UserId, row.Taken, row.Exact, row.Difference, row.Remaining)));
        Assert.Equal((730, 730, 730), (found.Customers.Single(row => row.UserId == 1).ZeroTokenRows, found.ZeroTokenRows,
            found.Customers[0].CompletedRows));

        Assert.Equal(["supplement 2.500000", "credit_note 2.300000", "Nothing is left to repair of user 3.", "supplement 2.700000",
            "credit_note 1.100000"],
            await Task.WhenAll(Enumerable.Range(1, prices.Length).Select(user => ApproveAsync(panel, user))));
        Assert.Equal([2.5m, -2.3m, 0m, 2.7m, -1.1m], await OwedAsync(panel));
        var after = (await panel.RepairAsync())!;
        Assert.All(after.Customers, row => Assert.Equal((row.Difference, 0m), (row.Repaired, row.Remaining)));
        for (var user = 1; user <= prices.Length; user++)
            Assert.Equal($"Nothing is left to repair of user {user}.", await ApproveAsync(panel, user));
        Assert.Equal((2L, 2L), (await panel.CountAsync("cron_service.transfers where kind = 'supplement'"),
            await panel.CountAsync("cron_service.transfers where kind = 'credit_note'")));
        Assert.Equal("250,270", await panel.Database.ScalarAsync<string>(
            "select string_agg(tokens::text, ',' order by tokens) from cron_service.debits"));
        await AssertLawsAsync(panel);
    }

    [Fact]
    public async Task Failed_double_advance_and_stopped_hours_are_named_and_each_second_that_ran_costs_once()
    {
        await using var panel = await TestPanel.StartAsync();
        await PanelEngine.AddServerAsync(panel, 1, 1, 73m, March);
        await panel.ObserveAsync(March);
        await panel.ObserveAsync(March.AddHours(20));
        panel.VirtFusion.Suspend(1);
        await panel.ObserveAsync(March.AddHours(20).AddSeconds(1));
        await panel.ObserveAsync(March.AddHours(40));
        await PanelEngine.BillAsync(panel, 1, March, 10);
        await PanelEngine.BillAsync(panel, 1, March.AddHours(4), 2); // Twice.
        await PanelEngine.BillAsync(panel, 1, March.AddHours(10), 3, "failed");
        await PanelEngine.BillAsync(panel, 1, March.AddHours(12), 10); // An hour of the failed ones again, and two of a suspended server.

        var month = Assert.Single((await panel.RepairAsync())!.Months);

        Assert.Equal((22L, 3L, 2m, 2L, 2m), (month.CompletedRows, month.FailedRows, month.FailedHours, month.DoubleRows,
            month.DoubleHours));
        Assert.Equal((22m, 2m, 0L), (month.InAdvanceHours, month.StoppedHours, month.ZeroTokenRows));
        // 22 rows of 10 tokens; 18 hours ran. A second in which the suspension was seen is nobody's.
        Assert.Equal((2.2m, 220L, 1.800028m, 0.399972m), (month.Taken, month.TakenTokens, month.Exact, month.Remaining));
    }

    [Fact]
    public async Task Two_people_who_approve_at_once_post_one_credit_note()
    {
        await using var panel = await BilledAsync();
        await using var held = await HeldRows.HoldAsync(panel.Database,
            "select from cron_service.accounts where kind = 'revenue' for update");
        var both = new[] { ApproveAsync(panel, 1), ApproveAsync(panel, 1) };
        await panel.Database.BlockedAsync(2);
        await held.LetGoAsync();

        Assert.Equal(["credit_note 2.300000", "Nothing is left to repair of user 1."],
            (await Task.WhenAll(both)).OrderBy(text => text[0] == 'N'));
        Assert.Equal(1, await panel.CountAsync("cron_service.transfers where kind = 'credit_note'"));
        await AssertLawsAsync(panel);
    }

    [Fact]
    public async Task A_supplement_beyond_a_bound_waits_for_an_admin_and_counts_once_it_is_approved()
    {
        await using var panel = await BilledAsync(("Billing:MaxAmountPerAccount", "1"));

        Assert.Equal("supplement 2.700000 held: 2.700000 for user 2 is more than Billing:MaxAmountPerAccount 1",
            await ApproveAsync(panel, 2));
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((HoldScope.Correction, 2, 2.7m), (hold.Scope, hold.UserId, hold.Amount));
        Assert.Equal($"A repair of user 2 waits with hold {hold.Id}: decide that first.", await ApproveAsync(panel, 2));
        Assert.Equal((hold.Id, -2.7m), ((await panel.RepairAsync())!.Customers.Single(row => row.UserId == 2) is var row
            ? (row.HoldId, row.Remaining) : default));

        await panel.DecideAsync(hold.Id, HoldAction.Reject);
        Assert.StartsWith("supplement 2.700000 held", await ApproveAsync(panel, 2), StringComparison.Ordinal);
        var again = Assert.Single(await panel.HoldsAsync());
        await panel.DecideAsync(again.Id, HoldAction.Approve);
        Assert.True(await panel.Database.InOneAsync(transaction =>
            panel.Services.Get<PanelRepairs>().PostApprovedAsync(transaction.Connection!, again.Id,
                TestContext.Current.CancellationToken)));

        Assert.Equal("Nothing is left to repair of user 2.", await ApproveAsync(panel, 2));
        Assert.Equal([0m, 2.7m], await OwedAsync(panel));
        await AssertLawsAsync(panel);
    }

    [Fact]
    public async Task Two_servers_in_two_months_are_one_repair_with_a_line_for_each_posted_or_held()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerAccount", "1"));
        for (var server = 1; server <= 4; server++)
            await PanelEngine.AddServerAsync(panel, server, userId: (server + 1) / 2, server <= 2 ? 5m : 10m, March);
        await panel.ObserveAsync(March);
        for (var server = 1; server <= 4; server++)
            await PanelEngine.BillAsync(panel, server, March, 744 + 720);

        // A cent for each hour; 5 and 10 for March, 720 of 730 hours of them for April.
        Assert.Equal("credit_note 9.416986", await ApproveAsync(panel, 1));
        Assert.Equal("supplement 10.446028 held: 10.446028 for user 2 is more than Billing:MaxAmountPerAccount 1",
            await ApproveAsync(panel, 2));
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((2, 10.446028m, March.UtcDateTime, March.AddMonths(2).UtcDateTime),
            (hold.UserId, hold.Amount, hold.FromHour, hold.UntilHour));
        await panel.DecideAsync(hold.Id, HoldAction.Approve);
        Assert.True(await panel.Database.InOneAsync(transaction => panel.Services.Get<PanelRepairs>().PostApprovedAsync(
            transaction.Connection!, hold.Id, TestContext.Current.CancellationToken)));

        Assert.Equal((2L, 8L), (await panel.CountAsync("cron_service.repairs"), await panel.CountAsync("cron_service.repair_lines")));
        Assert.Equal([-9.416986m, 10.446028m], await OwedAsync(panel));
        for (var user = 1; user <= 2; user++)
            Assert.Equal($"Nothing is left to repair of user {user}.", await ApproveAsync(panel, user));
        await AssertLawsAsync(panel);
    }

    [Fact]
    public async Task Above_the_price_bound_with_another_amount_or_with_two_payers_nothing_is_posted()
    {
        await using var panel = await BilledAsync();
        var strict = panel.StartApp(("Metering:MaxMonthlyPrice", "7"));

        Assert.StartsWith("Nothing was repaired: server 2: its price of 10.000000 is above 7", await ApproveAsync(panel, 2, app: strict),
            StringComparison.Ordinal);
        Assert.Equal("2.300000 is left to repair of user 1, not 2.29: nothing was posted.", await ApproveAsync(panel, 1, 2.29m));
        await panel.Database.ExecuteAsync(
            "update public.virtfusion_hourly_transactions set user_id = 1 where server_id = 2 and billing_period_start > '2026-03-20'");
        var unclear = (await panel.RepairAsync())!;
        Assert.Equal((1L, "its rows and its terms name several customers"),
            (unclear.Unclear, unclear.Months.Single(row => row.ServerId == 2).Unclear));
        Assert.Equal("credit_note 2.300000", await ApproveAsync(panel, 1, 2.3m));
        Assert.Equal("Nothing is left to repair of user 2.", await ApproveAsync(panel, 2));
    }

    [Fact]
    public async Task Months_are_repaired_by_themselves_also_where_a_period_crosses_their_end_and_what_the_panel_bills_later_is_left()
    {
        await using var panel = await TestPanel.StartAsync();
        await PanelEngine.AddServerAsync(panel, 1, 1, 5m, March.AddMinutes(30));
        await panel.ObserveAsync(March.AddMinutes(30));
        await PanelEngine.BillAsync(panel, 1, March.AddMinutes(30), 800);
        // 743.5 hours of March are capped at the price; 56.5 hours of April are not. A row counts where it begins.
        var all = (await panel.RepairAsync())!;
        Assert.Equal([("2026-03", 7.44m, 5m), ("2026-04", 0.56m, 0.386986m)],
            all.Months.OrderBy(row => row.Month).Select(row => (row.Month, row.Taken, row.Exact)));

        Assert.Equal("credit_note 2.440000", await ApproveAsync(panel, 1, from: March, to: March.AddDays(1)));
        Assert.Equal("Nothing is left to repair of user 1.", await ApproveAsync(panel, 1, from: March, to: April));
        Assert.Equal("credit_note 0.173014", await ApproveAsync(panel, 1));
        await PanelEngine.BillAsync(panel, 1, April.AddHours(56).AddMinutes(30), 10);
        Assert.Equal((await panel.RepairAsync())!.Remaining, decimal.Parse((await ApproveAsync(panel, 1)).Split(' ')[1],
            System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(0, (await panel.RepairAsync())!.Remaining);
        await AssertLawsAsync(panel);
    }

    [Fact]
    public async Task After_the_take_over_our_own_hours_are_no_part_of_it_and_a_credit_note_lowers_what_is_taken_next()
    {
        await using var panel = await TestPanel.StartAsync();
        await PanelEngine.AddServerAsync(panel, 1, 1, 5m, March);
        await panel.ObserveAsync(March);
        await PanelEngine.BillAsync(panel, 1, March, 100);
        await panel.EnableAsync();
        await panel.BillAsync(March.AddHours(110));
        Assert.Equal("credit_note 0.315068", await ApproveAsync(panel, 1));

        await panel.BillAsync(March.AddHours(200));

        Assert.Equal((0.684932m, "Nothing is left to repair of user 1."), (await panel.ChargedAsync(1), await ApproveAsync(panel, 1)));
        Assert.Equal(0.684932m - 0.315068m - 0.36m, Assert.Single(await OwedAsync(panel)));
        await AssertLawsAsync(panel);
    }

    private static async Task<TestPanel> BilledAsync(params (string, string)[] settings)
    {
        var panel = await TestPanel.StartAsync(settings);
        await PanelEngine.AddServerAsync(panel, 1, 1, 5m, March);
        await PanelEngine.AddServerAsync(panel, 2, 2, 10m, March);
        await panel.ObserveAsync(March);
        await PanelEngine.BillAsync(panel, 1, March, 730);
        await PanelEngine.BillAsync(panel, 2, March, 730);
        return panel;
    }

    private static async Task<string> ApproveAsync(
        TestPanel panel, int userId, decimal? expected = null, DateTimeOffset? from = null, DateTimeOffset? to = null,
            IServiceProvider? app = null)
    {
        var (posted, whyNot) = await panel.Database.InOneAsync(transaction => (app ?? panel.Services).Get<Repairs>().RepairAsync(
            transaction.Connection!, userId, from, to, expected, "rounding", "ann", TestContext.Current.CancellationToken));
        return posted is null ? whyNot!
            : string.Create(CultureInfo.InvariantCulture, $"{posted.Kind.Text()} " +
                $"{posted.Amount:0.000000}{(posted.HeldBecause is null ? "" : $" held: {posted.HeldBecause}")}");
    }

    private static async Task<decimal[]> OwedAsync(TestPanel panel) => (await panel.Database.ScalarAsync<decimal[]>(
        "select array_agg(owed_amount order by user_id) from cron_service.accounts where kind = 'customer'"))!;

    private static async Task AssertLawsAsync(TestPanel panel)
    {
        Assert.DoesNotContain((await panel.Services.Get<Integrity>().CheckAsync(TestContext.Current.CancellationToken)).Checks,
            check => !check.Ok);
        // The statements of all months add up to what is owed.
        Assert.Equal(0, await panel.CountAsync("""
            cron_service.accounts a where kind = 'customer' and owed_amount <> coalesce((
                select sum(amount) from cron_service.statement_months s where s.account_id = a.id), 0)
            """));
    }
}
