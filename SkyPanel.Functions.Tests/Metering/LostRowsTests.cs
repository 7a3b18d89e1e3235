using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>What a row said about the panel's own engine is lost with it: hours that may not be ours wait for a person.</summary>
public sealed class LostRowsTests
{
    private const string ApprovedSql = """
        with h as (insert into cron_service.holds (scope, from_hour, until_hour, hours, reason, state)
            values ('run', '2026-03-04 12:00Z', '2026-03-04 13:00Z', 1, 'restored', 'approved') returning *)
        insert into cron_service.hold_spans (hold_id, server_id, from_hour, until_hour, charged_until)
        select id, 1, from_hour, until_hour, from_hour from h
        """;

    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hours_that_the_panel_may_have_billed_by_a_row_that_was_lost_before_the_take_over_are_held(bool isReplaced)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        await panel.SetAsync(1, "last_billed_at = '2026-03-04 22:00'");
        await panel.ObserveAsync(Ten.AddHours(12));
        await panel.Database.ExecuteAsync("create table kept as select * from public.virtfusion_hourly_billing; "
            + "delete from public.virtfusion_hourly_billing");
        if (isReplaced)
            await panel.Database.ExecuteAsync("update kept set id = id + 1, last_billed_at = null; "
                + "insert into public.virtfusion_hourly_billing select * from kept");
        await panel.ObserveAsync(At("2026-03-04 22:05"));
        var tried = (await panel.BillAsync(At("2026-03-05 02:00"), isDryRun: true)).Held;

        await panel.EnableAsync();
        var result = await panel.BillAsync(At("2026-03-05 02:00"));

        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((isReplaced ? 13 : 12, Ten.UtcDateTime), (hold.Hours, hold.FromHour));
        Assert.Equal("its row of virtfusion_hourly_billing, by which the panel may have billed, was removed or replaced", hold.Reason);
        Assert.StartsWith($"{hold.Hours} hours would be held: ", Assert.Single(tried).Message, StringComparison.Ordinal);
        Assert.Equal((isReplaced ? 3 : 0, 1), (result.Hours, result.Held.Count));
        Assert.Empty((await panel.BillAsync(At("2026-03-05 03:00"))).Held);
        await panel.DecideAsync(hold.Id, isApproved: true);
        Assert.Equal(hold.Hours + (isReplaced ? 1 : 0), (await panel.BillAsync(At("2026-03-05 04:00"))).Hours);
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task Hours_of_a_server_whose_row_was_removed_while_it_was_ours_are_charged_and_after_enabling_again_they_are_held()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.AddServerAsync(2, userId: 1, 7.30m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        await panel.EnableAsync();
        await panel.Database.ExecuteAsync("update cron_service.enrolments set taken_over_at = @at", ("at", Ten.UtcDateTime));
        await panel.ObserveAsync(At("2026-03-04 11:00"));
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing where virtfusion_server_id = 1");
        Assert.Equal(3, (await panel.BillAsync(At("2026-03-04 12:00"))).Hours);
        await panel.ObserveAsync(At("2026-03-04 13:00"));
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing");
        await panel.ObserveAsync(At("2026-03-04 13:05"));

        await panel.EnableAsync();
        await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal((2, 1), Assert.Single(await panel.HoldsAsync()) is var hold ? (hold.ServerId, hold.Hours) : default);
        Assert.Equal(3, await panel.CountAsync("cron_service.charges"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_price_that_changes_while_VirtFusion_is_down_counts_from_the_next_full_hour_also_after_a_row_was_replaced(
        bool isReplacedBefore)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.ObserveAsync(Ten);
        if (isReplacedBefore)
        {
            await panel.SetAsync(1, "id = id + 1");
            await panel.ObserveAsync(Ten.AddMinutes(5));
            panel.VirtFusion.Suspend(1);
            await panel.ObserveAsync(Ten.AddMinutes(10));
            panel.VirtFusion.Unsuspend(1);
            await panel.ObserveAsync(Ten.AddMinutes(15));
        }
        await panel.ObserveAsync(At("2026-03-04 12:57"));
        panel.VirtFusion.ShowNothing();
        await panel.SetAsync(1, isReplacedBefore ? "monthly_price = 73" : "id = id + 1, monthly_price = 73");

        await panel.ObserveAsync(At("2026-03-04 13:52"));

        Assert.Equal(At("2026-03-04 14:00").UtcDateTime,
            await panel.Database.ScalarAsync<DateTime>("select max(effective_from) from cron_service.terms"));
    }

    [Theory]
    [InlineData(false, "1: 3600, 2: 13800")]
    [InlineData(true, "1: 6600, 2: 10800")]
    public async Task Hours_that_waited_for_the_row_of_another_customer_cost_the_former_one_nothing_unless_a_person_approves_them(
        bool isApproved, string paid)
    {
        await using var panel = await LoseRowAsync();
        await panel.AddServerAsync(1, userId: 2, monthlyPrice: -1, billedFrom: At("2026-03-04 12:10"));
        await panel.ObserveAsync(At("2026-03-04 12:10"));
        if (isApproved)
            await panel.Database.ExecuteAsync(ApprovedSql);
        await panel.BillAsync(At("2026-03-04 14:00"));
        await panel.SetAsync(1, "monthly_price = 7.30");

        await panel.BillAsync(At("2026-03-04 14:20"));
        await panel.BillAsync(At("2026-03-04 16:00"));

        Assert.Equal(paid, await panel.Database.ScalarAsync<string>("""
            select string_agg(user_id || ': ' || seconds, ', ' order by user_id) from (
                select a.user_id, sum(c.seconds_billed) as seconds
                from cron_service.charges c join cron_service.accounts a on a.id = c.account_id group by a.user_id) as paid
            """));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task Stranded_hours_of_a_new_customer_begin_after_approved_ones_that_were_charged_to_the_former()
    {
        await using var panel = await LoseRowAsync();
        for (var row = 0; row < 2; row++)
            await panel.AddServerAsync(1, userId: 2, 7.30m, billedFrom: At("2026-03-04 12:10"));
        await panel.ObserveAsync(At("2026-03-04 12:10"));
        await panel.Database.ExecuteAsync(ApprovedSql);
        await panel.BillAsync(At("2026-03-04 15:00"));
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing");

        await panel.BillAsync(At("2026-03-04 16:00"));

        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((2, 2, At("2026-03-04 13:00").UtcDateTime), (hold.UserId, hold.Hours, hold.FromHour));
        await HoldSpansTests.AssertIntegrityAsync(panel);
        await panel.DecideAsync(hold.Id, isApproved: true);
        Assert.Equal(2, (await panel.BillAsync(At("2026-03-04 17:00"))).Hours);
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    // The server of user 1 is billed until 12:00; then its row and its record at VirtFusion make way for another customer's.
    private static async Task<TestPanel> LoseRowAsync()
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: Ten);
        await panel.BillAsync(At("2026-03-04 11:00"));
        await panel.Database.ExecuteAsync("update cron_service.enrolments set taken_over_at = @at", ("at", Ten.UtcDateTime));
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing");
        await panel.BillAsync(At("2026-03-04 12:00"));
        panel.VirtFusion.Delete(1);
        return panel;
    }
}
