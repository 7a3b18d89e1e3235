using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.WhatIf;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.WhatIf;

public sealed class SimulationTests
{
    private static readonly DateTimeOffset March = At("2026-03-01 00:00"), April = At("2026-04-01 00:00");

    [Fact]
    public async Task Other_prices_another_basis_and_no_cap_cost_what_the_formula_says_and_the_most_affected_come_first()
    {
        await using var panel = await BilledAsync();

        var factor = (await panel.SimulateAsync("2026-03", Change.None with { PriceFactor = 1.1m }))!;
        Assert.Equal((93m, 102.3m, 9.3m), (factor.InForce, factor.Simulated, factor.Difference));
        Assert.Equal([(2, 73m, 80.3m, 7.3m), (1, 20m, 22m, 2m)],
            factor.MostAffected.Select(row => (row.ServerId, row.InForce, row.Simulated, row.Difference)));
        Assert.Equal([(2, 7.3m), (1, 2m)], factor.Customers.Select(row => (row.UserId, row.Difference)));

        var package = (await panel.SimulateAsync("2026-03", Change.None with { Prices = [new() { PackageId = 1, Price = 30m }] }))!;
        Assert.Equal([(2, 30m), (1, 30m)], package.MostAffected.Select(row => (row.ServerId, row.Simulated)));

        // 744 hours of which 730 are paid for; by a basis of 744 the whole month is.
        var uncapped = (await panel.SimulateAsync("2026-03", Change.None with { MonthlyCap = false }))!;
        Assert.Equal(74.4m, uncapped.MostAffected.Single(row => row.ServerId == 2).Simulated);
        Assert.Equal(0, (await panel.SimulateAsync("2026-03", Change.None with { MonthlyCap = false, HoursPerMonth = 744 }))!.Difference);
    }

    [Fact]
    public async Task A_servers_own_price_comes_before_that_of_its_package_and_the_ten_most_affected_are_named()
    {
        await using var panel = await BilledAsync();
        var simulation = (await panel.SimulateAsync("2026-03",
            Change.None with { PriceFactor = 2, Prices = [new() { PackageId = 1, Price = 30m }, new() { ServerId = 2, Price = 1m }] }))!;
        Assert.Equal([(2, 2m), (1, 60m)], simulation.TopTen.Select(row => (row.ServerId, row.Simulated)));
        Assert.Equal([(2, "User 2"), (1, "User 1")], simulation.Customers.Select(row => (row.UserId, row.Name)));
        var unknown = await Assert.ThrowsAsync<BadInputException>(() =>
            panel.SimulateAsync("2026-03", Change.None with { Prices = [new() { ServerId = 99, Price = 1 }] }));
        Assert.Equal("prices must name servers with a monthly price: no such server 99 is known.", unknown.Message);
    }

    [Theory]
    [InlineData(true, 0, 0.1)]
    [InlineData(false, -0.1, 0)]
    public async Task The_first_hour_is_added_or_taken_away_to_the_second(bool isPrepaid, double whenPrepaid, double whenBilled)
    {
        await using var panel = await TestPanel.StartAsync(("Metering:FirstHourPrepaid", isPrepaid ? "true" : "false"));
        var created = At("2026-03-10 12:20");
        await panel.AddServerAsync(1, 1, 73m, created.AddHours(1));
        await panel.SetAsync(1, "last_billed_at = null, server_created_at = '2026-03-10 12:20'");
        await panel.BillAsync(created.AddMinutes(5));
        await panel.BillAsync(At("2026-03-20 00:00"));
        await panel.BillAsync(At("2026-03-25 00:00"));

        Assert.Equal((decimal)whenPrepaid,
            (await panel.SimulateAsync("2026-03", Change.None with { FirstHourPrepaid = true }))!.Difference);
        Assert.Equal((decimal)whenBilled,
            (await panel.SimulateAsync("2026-03", Change.None with { FirstHourPrepaid = false }))!.Difference);
        Assert.Equal(0, (await panel.SimulateAsync("2026-04", Change.None with { FirstHourPrepaid = !isPrepaid }))!.Difference);
    }

    [Fact]
    public async Task Hours_that_were_corrected_to_another_price_keep_their_amount_and_are_told()
    {
        await using var panel = await BilledAsync();
        await panel.CorrectAsync(new(2, March, March.AddHours(100), 0, null, "outage", "ann"));
        await panel.CorrectAsync(new(1, March, March.AddHours(100), null, 10m, "wrong price", "ann"));

        var same = (await panel.SimulateAsync("2026-03"))!;
        Assert.Equal(await panel.ChargedInAsync(March), same.MostAffected.OrderBy(row => row.ServerId)
            .Select(row => (row.ServerId, row.UserId, row.Simulated)));
        var dearer = (await panel.SimulateAsync("2026-03", Change.None with { PriceFactor = 2 }))!;
        Assert.Equal((1, 0m, 64.4m), (dearer.CorrectedServers, dearer.MostAffected.Single(row => row.ServerId == 1).Difference,
            dearer.Difference));
    }

    [Fact]
    public async Task A_run_charges_while_a_simulation_has_computed_and_its_transaction_is_still_open()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await BilledAsync();
        await using var connection = await panel.Database.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginScratchAsync(ct);
        await panel.Services.Get<Simulations>().ComputeAsync(connection, "2026-04", Change.None with { PriceFactor = 2 },
            Comparison.MaxRows, ct);

        Assert.Equal(20, (await panel.BillAsync(April.AddHours(10))).Hours);
        Assert.Equal(["AccessShareLock"], await connection.QueryAsync("""
            select distinct mode from pg_locks l join pg_class c on c.oid = l.relation
            where l.pid = pg_backend_pid() and c.relnamespace = 'cron_service'::regnamespace
            """, row => row.GetString(0), ct));
    }

    [Fact]
    public async Task A_second_question_is_refused_while_one_is_answered_and_nothing_is_left_behind()
    {
        await using var panel = await BilledAsync();
        await using var held = await HeldRows.HoldAsync(panel.Database, "lock table cron_service.hold_spans in access exclusive mode");
        var first = panel.SimulateAsync("2026-03", Change.None with { PriceFactor = 2 });
        await panel.Database.BlockedAsync(1);

        Assert.Null(await panel.SimulateAsync("2026-03"));
        Assert.Null(await panel.ForecastAsync("2026-03"));

        await held.LetGoAsync();
        Assert.Equal(186m, (await first)!.Simulated);
        Assert.Equal(93m, (await panel.ForecastAsync("2026-03"))!.Expected);
        Assert.Equal(0, await panel.CountAsync("cron_service.terms where price not in (20, 73)"));
    }

    [Theory]
    [InlineData("2026-02")]
    [InlineData("1999-12")]
    [InlineData("2999-01")]
    public async Task A_month_before_the_first_observation_or_far_ahead_is_refused(string month)
    {
        await using var panel = await BilledAsync();
        var refused = await Assert.ThrowsAsync<BadInputException>(() => panel.SimulateAsync(month));
        Assert.Equal("month", refused.Field);
        Assert.Contains("from 2026-03, the first that was observed", refused.Message, StringComparison.Ordinal);
        Assert.Equal("month", (await Assert.ThrowsAsync<BadInputException>(() => panel.ForecastAsync(month))).Field);
    }

    [Fact]
    public async Task An_unknown_package_and_a_price_beyond_the_limit_are_refused_and_the_next_question_is_answered()
    {
        await using var panel = await BilledAsync();
        var unknown = await Assert.ThrowsAsync<BadInputException>(() =>
            panel.SimulateAsync("2026-03", Change.None with { Prices = [new() { PackageId = 99, Price = 1 }] }));
        Assert.Equal("prices must name packages that a server has or had: no server has package 99.", unknown.Message);
        var beyond = await Assert.ThrowsAsync<BadInputException>(() =>
            panel.SimulateAsync("2026-03", new(100, [new() { PackageId = 1, Price = 500 }], null, null, null)));
        Assert.Equal("priceFactor makes a price of 50000.000000: 10000 (Metering:MaxMonthlyPrice) is allowed at most.", beyond.Message);
        Assert.Equal(93m, (await panel.SimulateAsync("2026-03"))!.Simulated);
    }

    // Two servers that ran all of March, the second one at 0.10 an hour.
    private static async Task<TestPanel> BilledAsync()
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 20m, March);
        await panel.AddServerAsync(2, 2, 73m, March);
        await panel.BillAsync(March);
        await panel.BillAsync(April);
        return panel;
    }
}
