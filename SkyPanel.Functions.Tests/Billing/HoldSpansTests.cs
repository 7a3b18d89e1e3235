using Npgsql;
using SkyPanel.Functions.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>A hold is the hours that it was made of, whatever changed since; nothing else is moved by its decision.</summary>
public sealed class HoldSpansTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");
    private static readonly DateTimeOffset Noon = At("2026-03-04 12:00");

    // Account 1 owes 10.00, beyond its bound; accounts 2 and 3 owe 4.50 each, together beyond that of the run.
    [Fact]
    public async Task A_runs_hold_that_is_approved_charges_nothing_of_an_accounts_own_hold()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerAccount", "5"), ("Billing:MaxAmountPerRun", "8"));
        await panel.AddServerAsync(1, userId: 1, 3650m, Ten);
        await panel.AddServerAsync(2, userId: 2, 1642.50m, Ten);
        await panel.AddServerAsync(3, userId: 3, 1642.50m, Ten);
        await panel.BillAsync(Noon);
        var holds = await panel.HoldsAsync();
        Assert.Equal([(HoldScope.Account, 10.00m), (HoldScope.Run, 9.00m)], holds.Select(hold => (hold.Scope, hold.Amount!.Value)));
        await panel.DecideAsync(holds[1].Id, HoldAction.Approve);

        var result = await panel.BillAsync(Noon);

        Assert.Equal((9.00m, 0m), (result.Amount, await panel.ChargedAsync(1)));
        Assert.Equal(holds[0].Id, Assert.Single(await panel.HoldsAsync()).Id);
        await panel.DecideAsync(holds[0].Id, HoldAction.Approve);
        Assert.Equal(10.00m, (await panel.BillAsync(Noon)).Amount);
        await AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task A_rejected_hold_of_an_account_passes_over_its_hours_also_after_a_change_of_price()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerAccount", "5"));
        await panel.AddServerAsync(1, userId: 1, 730m, Ten);
        await panel.ObserveAsync(Ten.AddHours(5.5));
        await panel.SetAsync(1, "monthly_price = 1460");
        await panel.ObserveAsync(Ten.AddHours(5.6)); // From 16:00 on.
        await panel.BillAsync(Ten.AddHours(8)); // 6 x 1.00 + 2 x 2.00
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((8, 10.00m), (hold.Hours, hold.Amount));
        await panel.DecideAsync(hold.Id, HoldAction.Reject);

        await panel.BillAsync(Ten.AddHours(9));

        Assert.Equal([Ten.AddHours(8).UtcDateTime], (await panel.HoursAsync(1)).Select(hour => hour.Hour));
        await AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task A_rejected_run_leaves_an_accounts_own_hold_and_hours_that_wait_for_another_reason()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerAccount", "5"), ("Billing:MaxAmountPerRun", "8"));
        await panel.AddServerAsync(1, userId: 1, 3650m, Ten);
        await panel.AddServerAsync(2, userId: 2, 1642.50m, Ten);
        await panel.AddServerAsync(3, userId: 3, 1642.50m, Ten);
        await panel.AddServerAsync(4, userId: 4, 7.30m, Ten);
        await panel.AddServerAsync(5, userId: 4, 7.30m, Ten);
        await panel.ObserveAsync(Ten);
        await panel.SetAsync(4, "user_id = 2"); // Its owner in VirtFusion is another.
        panel.VirtFusion.Blur(5); // Unreadable.
        await panel.BillAsync(Noon);
        var holds = await panel.HoldsAsync();
        await panel.DecideAsync(holds[0].Id, HoldAction.Approve);
        await panel.DecideAsync(holds[1].Id, HoldAction.Reject);
        await panel.SetAsync(4, "user_id = 4");
        panel.VirtFusion.Blur(5, isBlurred: false);

        await panel.BillAsync(Noon);

        Assert.Equal((10.00m, 0m, 0m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2), await panel.ChargedAsync(3)));
        Assert.Equal((0.02m, 0.02m), (await panel.ChargedAsync(4), await panel.ChargedAsync(5)));
        await AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task An_approval_is_taken_back_until_it_is_charged()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerAccount", "1"));
        await panel.AddServerAsync(1, userId: 1, 730m, Ten);
        await panel.BillAsync(Noon);
        var id = Assert.Single(await panel.HoldsAsync()).Id;
        await panel.DecideAsync(id, HoldAction.Approve);
        await panel.DecideAsync(id, HoldAction.Withdraw);
        Assert.Equal(0, (await panel.BillAsync(Noon)).Hours);
        Assert.Equal(HoldState.Open, Assert.Single(await panel.HoldsAsync()).State);
        await panel.DecideAsync(id, HoldAction.Approve);
        Assert.Equal(2, (await panel.BillAsync(Noon)).Hours);

        Assert.Equal((false, HoldState.Charged), await WithdrawAsync(panel, id));
    }

    [Fact]
    public async Task An_approval_of_which_a_part_is_charged_can_not_be_taken_back_and_the_next_run_charges_the_rest()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerAccount", "1"), ("Billing:HoursPerTransaction", "1"));
        await panel.AddServerAsync(1, userId: 1, 730m, Ten);
        await panel.BillAsync(Ten.AddHours(4));
        var id = Assert.Single(await panel.HoldsAsync()).Id;
        await panel.DecideAsync(id, HoldAction.Approve);
        await panel.Database.ExecuteAsync("""
            create function refuse_later() returns trigger language plpgsql as $$ begin
                if new.hour_start >= '2026-03-04 12:00Z' then raise exception 'killed' using errcode = '57P01'; end if; return new; end $$;
            create trigger refuse_later before insert on cron_service.charges for each row execute function refuse_later()
            """);
        await Assert.ThrowsAsync<PostgresException>(() => panel.BillAsync(Ten.AddHours(4)));
        Assert.Equal(2, (await panel.HoursAsync(1)).Count);
        Assert.Equal((false, HoldState.Approved), await WithdrawAsync(panel, id));
        await AssertIntegrityAsync(panel);

        await panel.Database.ExecuteAsync("drop trigger refuse_later on cron_service.charges");
        await panel.BillAsync(Ten.AddHours(4));

        Assert.Equal((4.00m, HoldState.Charged), (await panel.ChargedAsync(1), Assert.Single(await panel.HoldsAsync(state: null)).State));
        await AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task A_hold_of_a_server_that_changed_its_payer_is_charged_whatever_the_size_of_the_transactions()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerRun", "1"), ("Billing:HoursPerTransaction", "1"));
        await panel.AddServerAsync(1, userId: 1, 730m, Ten);
        await panel.AddUserAsync(2);
        await panel.ObserveAsync(Ten);
        await panel.ChangeOwnerAsync(1, userId: 2);
        await panel.ObserveAsync(Ten.AddHours(1.5));
        await panel.BillAsync(Ten.AddHours(4));
        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((HoldScope.Run, 2L), (hold.Scope, await panel.CountAsync("cron_service.hold_spans")));
        await panel.DecideAsync(hold.Id, HoldAction.Approve);

        await panel.BillAsync(Ten.AddHours(4));

        Assert.Equal((4.00m, HoldState.Charged), (await panel.ChargedAsync(1), Assert.Single(await panel.HoldsAsync(state: null)).State));
        await AssertIntegrityAsync(panel);
    }

    [Theory]
    [InlineData("insert into cron_service.hold_spans select hold_id, server_id, null, from_hour + interval '1 hour', until_hour, " +
        "from_hour + interval '1 hour' from cron_service.hold_spans", PostgresErrorCodes.ExclusionViolation)]
    [InlineData("update cron_service.hold_spans set until_hour = until_hour + interval '1 hour'",
        PostgresErrorCodes.IntegrityConstraintViolation)]
    [InlineData("delete from cron_service.hold_spans", PostgresErrorCodes.IntegrityConstraintViolation)]
    public async Task The_hours_of_a_hold_never_change_and_no_other_hold_has_them(string statement, string state)
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxAmountPerAccount", "1"));
        await panel.AddServerAsync(1, userId: 1, 730m, Ten);
        await panel.BillAsync(Noon);

        Assert.Equal(state, (await Assert.ThrowsAsync<PostgresException>(() => panel.Database.ExecuteAsync(statement))).SqlState);
    }

    private static async Task<(bool, HoldState)> WithdrawAsync(TestPanel panel, long id)
    {
        var ct = TestContext.Current.CancellationToken;
        var (isDecided, hold) = (await panel.Database.InOneAsync(t =>
            Holds.DecideAsync(t.Connection!, id, HoldAction.Withdraw, "ann", "changed my mind", ct)))!.Value;
        return (isDecided, hold.State);
    }

    internal static async Task AssertIntegrityAsync(TestPanel panel) =>
        Assert.Empty((await panel.Services.Get<Integrity>().CheckAsync(TestContext.Current.CancellationToken)).Checks.SelectMany(check =>
            check.Examples));
}
