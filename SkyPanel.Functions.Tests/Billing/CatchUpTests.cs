using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Tests.Metering;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>Hours of a server that are older than the bound wait for a person; the newer ones don't.</summary>
public sealed class CatchUpTests
{
    // 700 hours before the first run, 7.30 for 730 hours: one token each.
    private static readonly DateTimeOffset From = At("2026-03-01 00:00");
    private static readonly DateTimeOffset FirstRun = From.AddHours(700);

    [Fact]
    public async Task A_server_that_ran_700_hours_before_it_was_first_seen_is_billed_for_them_within_the_bound()
    {
        await using var panel = await StartAsync("366.00:00:00");

        var result = await panel.BillAsync(FirstRun);

        Assert.Equal((700L, 7.00m, 700L), (result.Hours, result.Amount, result.TokensDebited));
        Assert.Empty(result.Held);
    }

    [Fact]
    public async Task Beyond_the_bound_the_older_hours_are_held_and_the_newer_ones_charged()
    {
        await using var panel = await StartAsync("1.00:00:00");

        var result = await panel.BillAsync(FirstRun);

        Assert.Equal((24L, 0.24m), (result.Hours, result.Amount));
        Assert.Equal(1, Assert.Single(result.Held).ServerId);
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((HoldScope.Server, 1, 676, 6.76m), (hold.Scope, hold.ServerId, hold.Hours, hold.Amount));
        Assert.Equal((From.UtcDateTime, FirstRun.AddHours(-24).UtcDateTime), (hold.FromHour, hold.UntilHour));
        Assert.Empty((await panel.BillAsync(FirstRun.AddHours(1))).Held); // Told once.
        Assert.Equal(25, (await panel.HoursAsync(1)).Count);
    }

    [Fact]
    public async Task The_amount_of_held_hours_is_that_of_each_hour_at_its_price()
    {
        await using var panel = await StartAsync("1.00:00:00");
        await panel.ObserveAsync(From.AddHours(99.5));
        await panel.SetAsync(1, "monthly_price = 73");
        await panel.ObserveAsync(From.AddHours(99.6));

        await panel.BillAsync(From.AddHours(200));

        Assert.Equal((176, 1m + 7.6m), Assert.Single(await panel.HoldsAsync()) is var hold ? (hold.Hours, hold.Amount) : default);
    }

    [Fact]
    public async Task Held_hours_that_are_approved_are_charged_by_the_next_run_exactly()
    {
        await using var panel = await StartAsync("1.00:00:00");
        await panel.BillAsync(FirstRun);
        await panel.DecideAsync((await panel.HoldsAsync())[0].Id, isApproved: true);

        var result = await panel.BillAsync(FirstRun.AddHours(1));

        Assert.Equal((677L, 6.77m, 677L), (result.Hours, result.Amount, result.TokensDebited));
        Assert.Equal(701, (await panel.HoursAsync(1)).Count);
        var hold = Assert.Single(await panel.HoldsAsync(state: null));
        Assert.Equal((HoldState.Charged, "ann", "looked at it"), (hold.State, hold.DecidedBy, hold.DecisionReason));
        Assert.NotNull(hold.ClosedByRunId);
        Assert.Equal(0, (await panel.BillAsync(FirstRun.AddHours(1))).Hours);
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Held_hours_that_are_rejected_are_never_charged()
    {
        await using var panel = await StartAsync("1.00:00:00");
        await panel.BillAsync(FirstRun);
        await panel.DecideAsync((await panel.HoldsAsync())[0].Id, isApproved: false);

        await panel.BillAsync(FirstRun.AddHours(1));
        await panel.BillAsync(FirstRun.AddHours(2));

        Assert.Equal(26, (await panel.HoursAsync(1)).Count);
        Assert.Empty(await panel.HoldsAsync());
    }

    [Fact]
    public async Task Hours_that_were_decided_too_late_are_held_too()
    {
        await using var panel = await StartAsync("1.00:00:00", From.AddHours(650));
        await panel.BillAsync(From.AddHours(651));
        panel.VirtFusion.ShowNothing();
        await panel.BillAsync(From.AddHours(690));
        panel.VirtFusion.Faults.Clear();

        var result = await panel.BillAsync(FirstRun);

        Assert.Equal((24L, 25), (result.Hours, Assert.Single(await panel.HoldsAsync()).Hours));
    }

    [Fact]
    public async Task Older_time_that_was_not_billable_is_not_held()
    {
        await using var panel = await StartAsync("1.00:00:00");
        panel.VirtFusion.Suspend(1);
        await panel.ObserveAsync(From.AddHours(600));
        panel.VirtFusion.Unsuspend(1);
        await panel.ObserveAsync(From.AddHours(690));

        var result = await panel.BillAsync(FirstRun);

        Assert.Equal(10, result.Hours);
        Assert.Empty(result.Held);
    }

    [Fact]
    public async Task A_bound_that_is_no_whole_number_of_hours_holds_only_hours_that_ended_before_it()
    {
        await using var panel = await StartAsync("01:30:00", FirstRun.AddHours(-5));

        var result = await panel.BillAsync(FirstRun);

        Assert.Equal((2L, 3), (result.Hours, Assert.Single(await panel.HoldsAsync()).Hours));
    }

    [Fact]
    public async Task Another_server_is_not_affected()
    {
        await using var panel = await StartAsync("1.00:00:00");
        await panel.AddServerAsync(2, userId: 1, 7.30m, FirstRun.AddHours(-3));

        await panel.BillAsync(FirstRun);

        Assert.Equal(3, (await panel.HoursAsync(2)).Count);
    }

    [Fact]
    public async Task Held_hours_from_before_and_after_a_change_of_owner_name_no_payer_and_are_found_under_both()
    {
        await using var panel = await StartAsync("1.00:00:00");
        await panel.AddUserAsync(2);
        await panel.ObserveAsync(From.AddHours(9.5));
        await panel.ChangeOwnerAsync(1, userId: 2);
        await panel.ObserveAsync(From.AddHours(9.6)); // User 2 pays from the tenth hour on.
        await panel.AddServerAsync(3, userId: 1, 7.30m, From.AddHours(20));

        await panel.BillAsync(From.AddHours(64));

        Assert.Equal([(1, 40, null, null), (3, 20, 1, "User 1")],
            (await panel.HoldsAsync()).Select(hold => (hold.ServerId!.Value, hold.Hours, hold.UserId, hold.UserName)));
        Assert.Equal([1, 3], await OfUserAsync(panel, 1));
        Assert.Equal([1], await OfUserAsync(panel, 2));
        Assert.Equal(await panel.Services.Get<Holds>().ListAsync(new(null, null, null, 1, null, null), null, 500,
            TestContext.Current.CancellationToken), (await panel.HoldsAsync()).Where(hold => hold.ServerId == 1));
    }

    // The first run commits its plan, or waits within it, while the heartbeat's reading ends the problem.
    [Theory]
    [InlineData("transfers", "1")]
    [InlineData("holds", "1000000")]
    public async Task Old_hours_that_are_due_since_the_plan_of_a_run_are_held_by_the_next_one(string table, string hoursPerTransaction)
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxCatchUp", "1.00:00:00"),
            ("Billing:HoursPerTransaction", hoursPerTransaction));
        foreach (var server in new[] { 1, 2, 9 })
            await panel.AddServerAsync(server, userId: server == 1 ? 1 : 2, 7.30m, From);
        await panel.BillAsync(From.AddHours(1));
        await panel.SetAsync(9, "user_id = 1"); // Its owner in VirtFusion is another.
        for (var hours = 24; hours <= 72; hours += 24)
            await panel.BillAsync(From.AddHours(hours));
        await panel.AddServerAsync(3, userId: 1, 7.30m, From.AddHours(40));
        await using var held = await HeldRows.HoldAsync(panel.Database, $"lock table cron_service.{table} in share mode");
        var run = panel.Services.BillBesideAsync("beside", From.AddHours(73));
        await panel.Database.BlockedAsync(1);
        await panel.SetAsync(9, "user_id = 2");
        await panel.ObserveAsync(From.AddHours(73.1));
        await held.LetGoAsync();

        var first = await run;
        Assert.Equal((26L, 3, 1), (first.Hours, Assert.Single(first.Held).ServerId, (await panel.HoursAsync(9)).Count));
        var next = await panel.BillAsync(From.AddHours(73));

        Assert.Equal((24L, 9, 48), (next.Hours, Assert.Single(next.Held).ServerId, (await panel.HoldsAsync())[^1].Hours));
        await HoldSpansTests.AssertIntegrityAsync(panel);
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Hours_that_the_panel_billed_are_not_due_until_a_run_has_passed_them_over_though_their_problem_ends_while_it_charges()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:HoursPerTransaction", "1"));
        foreach (var server in new[] { 1, 2, 9 })
            await panel.AddServerAsync(server, userId: server == 1 ? 1 : 2, 7.30m, From);
        await panel.ObserveAsync(From);
        await panel.SetAsync(9, "last_billed_at = '2062-01-01'");
        await panel.EnableAsync();
        await using var held = await HeldRows.HoldAsync(panel.Database, "lock table cron_service.transfers in share mode");
        var run = panel.Services.BillBesideAsync("beside", From.AddHours(8));
        await panel.Database.BlockedAsync(1);
        await panel.SetAsync(9, "last_billed_at = '2026-03-01 07:00'");
        await panel.ObserveAsync(From.AddHours(8.1));
        await held.LetGoAsync();

        Assert.Equal(16, (await run).Hours);
        Assert.Equal((1L, 7m), ((await panel.BillAsync(From.AddHours(8))).Hours,
            await panel.Database.ScalarAsync<decimal>("select sum(hours) from cron_service.passed_over")));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    private static async Task<IEnumerable<int>> OfUserAsync(TestPanel panel, int userId) =>
        (await panel.Services.Get<Holds>().ListAsync(new(null, null, userId, null, null, null), null, 500,
            TestContext.Current.CancellationToken)).Select(hold => hold.ServerId!.Value);

    private static async Task<TestPanel> StartAsync(string maxCatchUp, DateTimeOffset? from = null)
    {
        var panel = await TestPanel.StartAsync(("Billing:MaxCatchUp", maxCatchUp));
        await panel.AddServerAsync(1, userId: 1, 7.30m, from ?? From);
        return panel;
    }
}
