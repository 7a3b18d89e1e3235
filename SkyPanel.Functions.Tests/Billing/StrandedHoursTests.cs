using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Tests.Metering;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>Hours that wait for a problem become a hold when nothing will mend it any more.</summary>
public sealed class StrandedHoursTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");
    private const string Delete = "delete from public.virtfusion_hourly_billing where virtfusion_server_id = 1";

    [Fact]
    public async Task Five_hours_of_a_server_enrolled_twice_are_held_when_the_panel_removes_it_and_charged_once_approved()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.EnableAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        Assert.Empty((await panel.BillAsync(Ten.AddHours(5))).Held);
        await panel.Database.ExecuteAsync(Delete);

        var result = await panel.BillAsync(Ten.AddHours(7));

        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((HoldScope.Server, 1, 5, Ten.UtcDateTime, Ten.AddHours(5).UtcDateTime),
            (hold.Scope, hold.ServerId, hold.Hours, hold.FromHour, hold.UntilHour));
        Assert.Equal("its enrolment was removed while its hours waited: it is enrolled 2 times: leave one row of " +
            "virtfusion_hourly_billing enabled", hold.Reason);
        Assert.Equal($"5 hours are held: {hold.Reason}: approve or reject hold {hold.Id}", Assert.Single(result.Held).Message);
        Assert.Equal((0.05m, new HoldSum(1, 0.05m)), (hold.Amount, await ApprovableAsync(panel)));
        Assert.Empty((await panel.BillAsync(Ten.AddHours(8))).Held);
        await panel.DecideAsync(hold.Id, HoldAction.Approve);
        Assert.Equal((5L, 0.05m), await panel.BillAsync(Ten.AddHours(8)) is var charged ? (charged.Hours, charged.Amount) : default);
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task Hours_of_a_server_that_is_gone_while_its_owner_is_another_are_held()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddUserAsync(2);
        await panel.SetAsync(1, "user_id = 2");
        await panel.BillAsync(Ten.AddHours(3));
        panel.VirtFusion.Delete(1);
        await panel.BillAsync(Ten.AddHours(5));

        Assert.Equal(3, Assert.Single(await panel.HoldsAsync()).Hours);
        await panel.DecideAsync((await panel.HoldsAsync())[0].Id, HoldAction.Reject);
        await panel.SetAsync(1, "user_id = 1");
        Assert.Equal(0, (await panel.BillAsync(Ten.AddHours(6))).Hours);
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task Hours_that_waited_for_an_owner_are_held_also_when_the_owner_is_put_right_after_the_panel_removed_the_row()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddUserAsync(2);
        await panel.SetAsync(1, "user_id = 2");
        await panel.BillAsync(Ten.AddHours(3));
        await panel.Database.ExecuteAsync(Delete);
        await panel.Database.ExecuteAsync(
            "update public.users set virtfusion_id = (select virtfusion_id from public.users where id = 1) where id = 2");
        await panel.BillAsync(Ten.AddHours(5));

        Assert.Equal(3, Assert.Single(await panel.HoldsAsync()).Hours);
        Assert.Equal(0, await panel.CountAsync("cron_service.charges"));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task Hours_that_had_a_price_before_it_broke_are_charged_at_it_and_those_that_never_had_one_can_only_be_rejected()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddServerAsync(2, userId: 1, -1m, Ten);
        await panel.BillAsync(Ten.AddHours(1));
        await panel.SetAsync(1, "monthly_price = -1");
        await panel.BillAsync(Ten.AddHours(3));
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing");
        await panel.BillAsync(Ten.AddHours(5));
        var holds = await panel.HoldsAsync();
        Assert.Equal([(1, 2, 0.02m), (2, 3, null)], holds.Select(hold => (hold.ServerId!.Value, hold.Hours, hold.Amount)));
        Assert.EndsWith("; without a valid price or payer it can only be rejected", holds[1].Reason, StringComparison.Ordinal);

        await panel.DecideAsync(holds[0].Id, HoldAction.Approve);
        var refused = await panel.Database.InOneAsync(t => Holds.DecideAsync(t.Connection!, holds[1].Id, HoldAction.Approve, "ann",
            "why not",
            TestContext.Current.CancellationToken));
        Assert.Equal((false, HoldState.Open), (refused!.Value.IsDecided, refused.Value.Hold.State));
        await panel.DecideAsync(holds[1].Id, HoldAction.Reject);

        Assert.Equal(0.02m, (await panel.BillAsync(Ten.AddHours(5))).Amount);
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hours_whose_payer_is_not_the_owner_in_VirtFusion_are_not_approved_before_the_two_agree(bool isBeforeTakeOver)
    {
        await using var panel = await TestPanel.StartAsync();
        if (!isBeforeTakeOver)
            await panel.EnableAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddUserAsync(2);
        await panel.SetAsync(1, "user_id = 2");
        await panel.ObserveAsync(Ten.AddHours(3));
        await panel.Database.ExecuteAsync(Delete);
        await panel.BillAsync(Ten.AddHours(5));

        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.EndsWith("it belongs to VirtFusion user 101, but user 2 of its enrolment is VirtFusion user 102", hold.Reason,
            StringComparison.Ordinal);
        Assert.Equal((2, 0.03m, new HoldSum(0, 0m)), (hold.UserId, hold.Amount, await ApprovableAsync(panel)));
        Assert.False((await panel.Database.InOneAsync(t => Holds.DecideAsync(t.Connection!, hold.Id, HoldAction.Approve, "ann", "why not",
            TestContext.Current.CancellationToken)))!.Value.IsDecided);
        await panel.Database.ExecuteAsync(
            "update public.users set virtfusion_id = 999 where id = 1; update public.users set virtfusion_id = 101 where id = 2");
        await panel.DecideAsync(hold.Id, HoldAction.Approve);
        Assert.Equal(0.03m, (await panel.BillAsync(Ten.AddHours(5))).Amount);
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task Hours_that_waited_when_the_panel_removed_the_row_are_named_until_they_are_held()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.EnableAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.ObserveAsync(Ten.AddHours(2));
        await panel.Database.ExecuteAsync(Delete);

        var waiting = await panel.BillAsync(Ten.AddMinutes(130));
        var held = await panel.BillAsync(Ten.AddHours(3));

        Assert.Empty(waiting.Held);
        Assert.Equal("has hours that still waited when its enrolment was removed or switched off: it is enrolled 2 times: leave one row of "
            + "virtfusion_hourly_billing enabled; they are held once the hour has ended", Assert.Single(waiting.Problems).Message);
        Assert.Equal((0, 1), (held.Problems.Count, held.Held.Count));
        Assert.Empty((await panel.BillAsync(Ten.AddHours(4))).Problems);
    }

    private static async Task<HoldSum> ApprovableAsync(TestPanel panel) =>
        (await new HoldFilter(null, null, null, null, null, null).SumAsync(panel.Database.Source, TestContext.Current.CancellationToken))
            .Approvable;
}
