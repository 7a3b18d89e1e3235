using System.Globalization;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>A payer pays no hour after the one in which the panel's row named another, or was lost, however long the new one can't be
/// billed.</summary>
public sealed class LostTermsTests
{
    private const string Delete = "delete from public.virtfusion_hourly_billing";
    private const string Belongs = "its enrolment was removed while its hours waited: it belongs to VirtFusion user 101, but user 2 of its "
        + "enrolment is VirtFusion user 102";

    // VirtFusion's owner, 101, is user 2's from now on.
    private const string Agree = "update public.users set virtfusion_id = 900 where id = 1; "
        + "update public.users set virtfusion_id = 101 where id = 2";

    // What the panel does from 11:00 on, each seen by a reading; the payer of each hour from 10:00 on, with cents (1 at a price of 7.30).
    [Theory]
    [InlineData("12:00 D; 12:10 I 2 -1; 14:15 S monthly_price = 7.30", "1:1 1:1 2:1 2:1 2:1 2:1 2:1")]
    [InlineData("12:00 D; 12:10 I 2 -1; 14:15 D & I 2 7.30", "1:1 1:1 2:1 2:1 2:1 2:1 2:1")]
    [InlineData("12:00 D; 12:10 I 2 -1; 14:15 D; 14:20 I 2 7.30", "1:1 1:1 2:1 2:1 2:1 2:1 2:1")]
    [InlineData("12:00 D; 12:10 I 2 -1; 13:15 S id = id + 1; 14:15 S id = id + 1, monthly_price = 7.30", "1:1 1:1 2:1 2:1 2:1 2:1 2:1")]
    [InlineData("11:40 S monthly_price = 73; 11:50 D; 12:10 I 2 7.30", "1:1 1:1 2:1 2:1 2:1 2:1 2:1")]
    [InlineData("11:40 S monthly_price = 73; 11:50 D; 12:10 I 2 -1; 14:15 S monthly_price = 7.30", "1:1 1:1 2:1 2:1 2:1 2:1 2:1")]
    [InlineData("11:20 S user_id = 2; 15:20 A", "1:1 1:1 2:1 2:1 2:1 2:1 2:1")]
    [InlineData("11:20 S user_id = 2; 15:20 S user_id = 1", "1:1 1:1 1:1 1:1 1:1 1:1 1:1")]
    [InlineData("11:20 S user_id = 2; 15:20 S user_id = 1, monthly_price = 73", "1:1 1:1 1:1 1:1 1:1 1:1 1:10")]
    [InlineData("11:20 S monthly_price = -1; 13:20 S user_id = 2; 15:20 S monthly_price = 73; 15:25 A", "1:1 1:1 1:1 1:1 2:10 2:10 2:10")]
    [InlineData("11:20 S user_id = 2; 12:20 S user_id = 1, monthly_price = -1; 15:20 S monthly_price = 73", "1:1 1:1 1:1 1:1 1:1 1:1 1:10")]
    [InlineData("11:20 S user_id = 2; 12:20 S user_id = 1, monthly_price = -1; 13:20 S user_id = 2; 15:20 S monthly_price = 73; 15:25 A",
        "1:1 1:1 1:1 1:1 2:10 2:10 2:10")]
    [InlineData("11:20 S user_id = 2; 12:20 D & I 2 -1; 15:20 S monthly_price = 7.30", "1:1 1:1 2:1 2:1 2:1 2:1 2:1")]
    [InlineData("11:10 A; 11:20 S user_id = 2; 11:40 S monthly_price = -1; 15:20 S monthly_price = 73", "1:1 1:1 2:10 2:10 2:10 2:10 2:10")]
    [InlineData("11:20 S user_id = 77; 15:20 S user_id = 2; 15:25 A", "1:1 1:1 2:1 2:1 2:1 2:1 2:1")]
    [InlineData("11:20 S monthly_price = -1; 15:20 S monthly_price = 73", "1:1 1:1 1:1 1:1 1:1 1:1 1:10")]
    public async Task Hours_that_waited_are_the_new_payers_from_the_full_hour_after_the_change_or_loss_of_the_row(string steps, string paid)
    {
        await using var panel = await StartAsync();

        await DoAsync(panel, steps);
        await panel.BillAsync(At("2026-03-04 17:00"));

        Assert.Equal(paid, await PaidAsync(panel));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task Hours_of_a_lost_row_without_a_price_have_no_payer_and_can_only_be_rejected()
    {
        await using var panel = await StartAsync();
        await DoAsync(panel, "12:00 D");
        await panel.BillAsync(At("2026-03-04 12:00"));
        await DoAsync(panel, "12:10 I 2 -1; 14:15 D");

        var held = await panel.BillAsync(At("2026-03-04 15:00"));

        var hold = Assert.Single(await panel.HoldsAsync());
        Assert.Equal((null, 3, null, At("2026-03-04 12:00").UtcDateTime), (hold.UserId, hold.Hours, hold.Amount, hold.FromHour));
        Assert.EndsWith("; without a valid price or payer it can only be rejected", hold.Reason, StringComparison.Ordinal);
        Assert.Single(held.Held);
        Assert.False(await IsApprovedAsync(panel, hold));
        await DoAsync(panel, "15:10 I 2 7.30");
        await panel.BillAsync(At("2026-03-04 17:00"));
        Assert.Equal("1:1 1:1 2:1 2:1", await PaidAsync(panel));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task Stranded_hours_before_and_after_a_change_of_payer_are_two_holds_each_of_its_payer()
    {
        await using var panel = await StartAsync();
        await DoAsync(panel, "11:20 S user_id = 2, monthly_price = 73; 14:00 D");

        var held = await panel.BillAsync(At("2026-03-04 15:00"));

        Assert.Equal(2, held.Held.Count);
        var holds = await panel.HoldsAsync();
        Assert.Equal([(1, 1, 0.01m), (2, 2, 0.198333m)], holds.Select(hold => (hold.UserId!.Value, hold.Hours, hold.Amount!.Value)));
        Assert.All(holds, hold => Assert.Equal(Belongs, hold.Reason));
        Assert.True(await IsApprovedAsync(panel, holds[0]));
        Assert.False(await IsApprovedAsync(panel, holds[1]));
        await panel.Database.ExecuteAsync(Agree);
        Assert.True(await IsApprovedAsync(panel, holds[1]));
        await panel.BillAsync(At("2026-03-04 17:00"));
        Assert.Equal("1:1 1:1 2:10 2:10", await PaidAsync(panel));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Theory]
    [InlineData("I 3 7.30 & I 3 7.30", 3, "1:1 1:1 2:1 2:1 2:0 3:1 3:1 3:0")]
    [InlineData("I 3 -1", null, "1:1 1:1 2:1 2:1 2:0")]
    public async Task Hours_that_are_stranded_again_since_the_same_loss_are_those_of_the_row_by_then(string row, int? userId, string paid)
    {
        await using var panel = await StartAsync();
        await DoAsync(panel, "12:00 D");
        await panel.BillAsync(At("2026-03-04 12:00"));
        await DoAsync(panel, "12:10 I 2 7.30 & I 2 7.30; 14:15 D");
        await panel.BillAsync(At("2026-03-04 15:00"));
        await DoAsync(panel, $"16:10 {row}; 18:15 D");

        await panel.BillAsync(At("2026-03-04 19:00"));

        var holds = await panel.HoldsAsync();
        Assert.Equal([(2, 3), (userId, 3)], holds.Select(hold => (hold.UserId, hold.Hours)));
        foreach (var hold in holds)
            Assert.Equal(hold.UserId is not null, await IsApprovedAsync(panel, hold));
        await panel.BillAsync(At("2026-03-04 20:00"));
        Assert.Equal(paid, await PaidAsync(panel));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Fact]
    public async Task A_row_that_is_seen_to_be_lost_when_an_admin_enables_billing_again_is_lost_too()
    {
        await using var panel = await StartAsync();
        await panel.Database.ExecuteAsync(Delete);
        await panel.EnableAsync();
        var next = await panel.Database.ScalarAsync<DateTimeOffset>("select date_trunc('hour', row_lost_at, 'UTC') + interval '5 days' "
            + "from cron_service.enrolments");

        panel.VirtFusion.Delete(1);
        await panel.AddServerAsync(1, userId: 2, 7.30m, next.AddMinutes(5));
        await panel.ObserveAsync(next.AddMinutes(5));
        await panel.BillAsync(next.AddHours(2));

        Assert.Equal("1:1 2:1 2:1", await PaidAsync(panel));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    // Server 1 is user 1's, and its first hour is charged.
    private static async Task<TestPanel> StartAsync()
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, billedFrom: At("2026-03-04 10:00"));
        await panel.AddUserAsync(2);
        await panel.BillAsync(At("2026-03-04 11:00"));
        await panel.Database.ExecuteAsync("update cron_service.enrolments set taken_over_at = billed_from");
        return panel;
    }

    // D deletes the row, I inserts one of a user and a price, S sets columns of it, A makes VirtFusion's owner user 2's. A reading a minute
    // before each step, and one at it.
    private static async Task DoAsync(TestPanel panel, string steps)
    {
        foreach (var step in steps.Split("; "))
        {
            var at = At("2026-03-04 " + step[..5]);
            await panel.ObserveAsync(at.AddMinutes(-1));
            foreach (var part in step[6..].Split(" & "))
            {
                var words = part.Split(' ');
                if (words[0] == "I")
                {
                    panel.VirtFusion.Delete(1);
                    await panel.AddServerAsync(1, int.Parse(words[1], CultureInfo.InvariantCulture),
                        decimal.Parse(words[2], CultureInfo.InvariantCulture), at);
                }
                else if (words[0] == "S")
                    await panel.SetAsync(1, part[2..]);
                else
                    await panel.Database.ExecuteAsync(words[0] == "D" ? Delete : Agree);
            }
            await panel.ObserveAsync(at);
        }
    }

    private static Task<string?> PaidAsync(TestPanel panel) => panel.Database.ScalarAsync<string>("""
        select string_agg(a.user_id || ':' || round(c.amount * 100), ' ' order by c.hour_start)
        from cron_service.charges c join cron_service.accounts a on a.id = c.account_id
        """);

    private static async Task<bool> IsApprovedAsync(TestPanel panel, Hold hold) =>
        (await panel.Database.InOneAsync(t => Holds.DecideAsync(t.Connection!, hold.Id, HoldAction.Approve, "ann", "they ran",
            TestContext.Current.CancellationToken)))!.Value.IsDecided;
}
