using SkyPanel.Functions.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>The circuit breaker: what is beyond a bound is held with its numbers before the ledger is touched.</summary>
public sealed class BoundsTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");
    private static readonly DateTimeOffset Noon = At("2026-03-04 12:00");

    [Fact]
    public async Task An_account_beyond_its_amount_is_held_with_its_numbers_and_the_others_are_charged()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerAccount", "1"));

        var result = await panel.BillAsync(Noon);

        Assert.Equal((2L, 0.02m, 2L, false), (result.Hours, result.Amount, result.TokensDebited, result.IsRunHeld));
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((HoldScope.Account, 1, 2, 2.00m, Ten.UtcDateTime, Noon.UtcDateTime),
            (hold.Scope, hold.UserId, hold.Hours, hold.Amount, hold.FromHour, hold.UntilHour));
        Assert.Equal("2.000000 is more than Billing:MaxAmountPerAccount 1", hold.Reason);
        Assert.Equal($"the account of user 1 is held: {hold.Reason}: approve or reject hold {hold.Id}", Assert.Single(result.Held).Message);
        Assert.Equal((0m, 100_000m), (await panel.ChargedAsync(1), panel.VirtFusion.Wallet(1)));
        Assert.Equal(1, await panel.CountAsync("cron_service.transfers where kind = 'charge'"));
        Assert.Equal(1, await panel.CountAsync("public.virtfusion_hourly_billing where last_billed_at = '2026-03-04 12:00'"));
    }

    [Fact]
    public async Task A_held_account_waits_while_the_others_go_on_and_approved_it_is_charged_by_the_next_run()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerAccount", "1"));
        await panel.BillAsync(Noon);
        Assert.Equal(1, (await panel.BillAsync(Noon.AddHours(1))).Hours);
        await panel.DecideAsync((await panel.HoldsAsync())[0].Id, isApproved: true);

        var result = await panel.BillAsync(Noon.AddHours(1));

        Assert.Equal((3L, 3.00m, 300L), (result.Hours, result.Amount, result.TokensDebited));
        Assert.Equal([HoldState.Charged], (await panel.HoldsAsync(null)).Select(hold => hold.State));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task A_held_account_that_is_rejected_is_never_charged_for_those_hours_and_goes_on_after_them()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerAccount", "1"));
        await panel.BillAsync(Noon);
        await panel.DecideAsync((await panel.HoldsAsync())[0].Id, isApproved: false);

        await panel.BillAsync(Noon.AddHours(1));

        Assert.Equal([Noon.UtcDateTime], (await panel.HoursAsync(1)).Select(hour => hour.Hour));
        Assert.Equal(3, (await panel.HoursAsync(2)).Count);
        Assert.Empty(await panel.HoldsAsync());
    }

    [Fact]
    public async Task What_was_approved_is_charged_though_the_hours_after_it_are_beyond_the_bound_again()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerAccount", "1"));
        await panel.BillAsync(Noon);
        await panel.DecideAsync((await panel.HoldsAsync())[0].Id, isApproved: true);

        var result = await panel.BillAsync(Noon.AddHours(5));

        Assert.Equal(2.00m, await panel.ChargedAsync(1));
        Assert.Equal(7L, result.Hours);
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((5, 5.00m, Noon.UtcDateTime), (hold.Hours, hold.Amount, hold.FromHour));
        await panel.DecideAsync(hold.Id, isApproved: false);
        await panel.BillAsync(Noon.AddHours(6));
        Assert.Equal(3.00m, await panel.ChargedAsync(1));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Older_hours_of_a_server_that_were_approved_are_not_asked_for_again()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerAccount", "1.5"), ("Billing:MaxAmountPerRun", "1.5"),
            ("Billing:MaxCatchUp", "01:00:00"));
        var first = await panel.BillAsync(Noon);
        Assert.Equal((2L, 2), (first.Hours, first.Held.Count)); // The hour from 11:00 of both; those from 10:00 are held.
        foreach (var hold in await panel.HoldsAsync())
            await panel.DecideAsync(hold.Id, isApproved: true);

        var second = await panel.BillAsync(Noon.AddHours(1));

        Assert.Empty(second.Held);
        Assert.Equal((4L, 2.02m), (second.Hours, second.Amount));
    }

    [Fact]
    public async Task A_server_that_another_account_pays_for_now_does_not_wait_for_its_former_one()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerAccount", "1"));
        await panel.AddServerAsync(3, userId: 1, 7.30m, Ten.AddHours(-3));
        await panel.BillAsync(Ten.AddMinutes(-70));
        await panel.ChangeOwnerAsync(3, userId: 2);
        await panel.ObserveAsync(Ten.AddMinutes(-30)); // From 10:00 on user 2 pays for server 3.
        await panel.BillAsync(Ten);
        await panel.BillAsync(Noon);
        Assert.Equal(1, Assert.Single(await panel.HoldsAsync()).UserId);
        Assert.Equal(5, (await panel.HoursAsync(3)).Count);

        await panel.BillAsync(Noon.AddHours(1));
        await panel.DecideAsync((await panel.HoldsAsync())[0].Id, isApproved: false);
        await panel.BillAsync(Noon.AddHours(1));
        await panel.BillAsync(Noon.AddHours(2));

        Assert.Equal(7, (await panel.HoursAsync(3)).Count);
        Assert.Equal(2, (await panel.HoursAsync(1)).Count);
    }

    [Fact]
    public async Task A_run_beyond_its_amount_is_held_whole_and_the_next_ones_wait_for_the_decision()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerRun", "2"));

        var held = await panel.BillAsync(Noon);

        Assert.Equal((true, 0L, 0m), (held.IsRunHeld, held.Hours, held.Amount));
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((HoldScope.Run, 4, 2.02m, "2.020000 is more than Billing:MaxAmountPerRun 2"),
            (hold.Scope, hold.Hours, hold.Amount, hold.Reason));
        Assert.Equal((0L, 0L), (await panel.CountAsync("cron_service.charges"), await panel.CountAsync("cron_service.transfers")));
        Assert.True((await panel.BillAsync(Noon.AddHours(1))).IsRunHeld);
        Assert.Single(await panel.HoldsAsync());
        await panel.DecideAsync(hold.Id, isApproved: true);

        var approved = await panel.BillAsync(Noon.AddHours(1));

        Assert.Equal((false, 6L, 3.03m), (approved.IsRunHeld, approved.Hours, approved.Amount));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task A_run_that_is_rejected_is_never_charged()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerRun", "2"));
        await panel.BillAsync(Noon);
        await panel.DecideAsync((await panel.HoldsAsync())[0].Id, isApproved: false);

        Assert.Equal((2L, 1.01m), await panel.BillAsync(Noon.AddHours(1)) is var result ? (result.Hours, result.Amount) : default);
    }

    [Fact]
    public async Task A_run_that_was_approved_is_charged_though_the_hours_after_it_are_beyond_the_bound_again()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerRun", "2"));
        await panel.BillAsync(Noon);
        await panel.DecideAsync((await panel.HoldsAsync())[0].Id, isApproved: true);

        var result = await panel.BillAsync(Noon.AddHours(5));

        Assert.Equal((true, 4L, 2.02m), (result.IsRunHeld, result.Hours, result.Amount));
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((10, 5.05m), (hold.Hours, hold.Amount));
        await panel.DecideAsync(hold.Id, isApproved: false);
        await panel.BillAsync(Noon.AddHours(6));
        Assert.Equal((3.00m, 0.03m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2)));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task An_account_beyond_its_mean_is_held_once_it_has_a_mean()
    {
        await using var panel = await StartAsync(("Billing:MaxPercentOfMean", "250"));
        for (var hour = 1; hour <= 3; hour++)
            Assert.Empty((await panel.BillAsync(Ten.AddHours(hour))).Held);
        Assert.Empty((await panel.BillAsync(Ten.AddHours(5))).Held); // Two hours at once are 200 %.
        panel.VirtFusion.Blur(2);

        var result = await panel.BillAsync(Ten.AddHours(9)); // Four hours; the mean is 1.25.

        Assert.Equal("4.000000 is more than 250 % (Billing:MaxPercentOfMean) of the mean 1.250000",
            Assert.Single(await panel.HoldsAsync()).Reason);
        Assert.Equal(0, result.Hours);
    }

    [Fact]
    public async Task A_run_beyond_its_mean_is_held_whole_though_the_account_that_is_new_has_none()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxPercentOfMean", "250"));
        await panel.AddServerAsync(2, userId: 2, 7.30m, Ten);
        for (var hour = 1; hour <= 3; hour++)
            Assert.Empty((await panel.BillAsync(Ten.AddHours(hour))).Held);
        await panel.AddServerAsync(1, userId: 1, 730.00m, Ten.AddHours(3));

        var result = await panel.BillAsync(Ten.AddHours(4));

        Assert.Equal((true, 0L), (result.IsRunHeld, result.Hours));
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((HoldScope.Run, "1.010000 is more than 250 % (Billing:MaxPercentOfMean) of the mean 0.010000"),
            (hold.Scope, hold.Reason));
    }

    [Fact]
    public async Task A_hold_opened_by_one_run_is_decided_once()
    {
        await using var panel = await StartAsync(("Billing:MaxAmountPerAccount", "1"));
        await panel.BillAsync(Noon);
        var id = (await panel.HoldsAsync())[0].Id;
        await panel.DecideAsync(id, isApproved: false);

        var again = await panel.Database.InOneAsync(decided => Holds.DecideAsync(decided.Connection!, id,
            HoldAction.Approve, "bob", "no", TestContext.Current.CancellationToken));

        Assert.Equal((false, HoldState.Rejected, "ann"), (again!.Value.IsDecided, again.Value.Hold.State, again.Value.Hold.DecidedBy));
    }

    // Server 1 of user 1 costs 1.00 an hour, server 2 of user 2 a cent.
    private static async Task<TestPanel> StartAsync(params (string, string)[] settings)
    {
        var panel = await TestPanel.StartAsync(settings);
        await panel.AddServerAsync(1, userId: 1, 730.00m, Ten);
        await panel.AddServerAsync(2, userId: 2, 7.30m, Ten);
        return panel;
    }
}
