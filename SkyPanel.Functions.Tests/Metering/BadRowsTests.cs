using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Tests.Billing;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Metering;

/// <summary>A row that can't be billed stops only itself, and only until it is mended.</summary>
public sealed class BadRowsTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    // What breaks an enrolment, what is said of it, and what mends it.
    private static readonly (string Break, string Said, string Mend)[] Table =
    [
        ("monthly_price = null", "has neither a monthly_price nor an hourly_rate", "monthly_price = 7.30"),
        ("monthly_price = null, hourly_rate = -0.01", "hourly_rate -0.01", "monthly_price = 7.30"),
        ("monthly_price = null, hourly_rate = 'NaN'", "hourly_rate NaN is absurd", "monthly_price = 7.30, hourly_rate = 0"),
        ("monthly_price = -7.30", "monthly_price -7.30", "monthly_price = 7.30"),
        ("monthly_price = 999999", "is above 10000 (Metering:MaxMonthlyPrice)", "monthly_price = 7.30"),
        ("monthly_price = 'NaN'", "monthly_price NaN is above", "monthly_price = 7.30"),
        ("hours_in_month = 0", "hours_in_month 0 is not within 1 to 744", "hours_in_month = 730"),
        ("hours_in_month = 8760", "hours_in_month 8760 is not within 1 to 744", "hours_in_month = 730"),
        ("user_id = 77", "has no owner: user 77 does not exist", "user_id = 1"),
    ];

    [Fact]
    public async Task A_bad_row_is_an_error_line_of_its_server_the_others_are_billed_and_mended_it_catches_up()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(100, userId: 2, 7.30m, Ten);
        await panel.Database.ExecuteAsync("alter table public.virtfusion_hourly_billing alter monthly_price drop not null");
        for (var row = 0; row < Table.Length; row++)
        {
            await panel.AddServerAsync(row + 1, userId: 1, 7.30m, Ten);
            await panel.SetAsync(row + 1, Table[row].Break);
        }

        var broken = await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Equal((1, 2L, 0.02m), (broken.Servers, broken.Hours, broken.Amount));
        Assert.Equal(Enumerable.Range(1, Table.Length), broken.Problems.Select(problem => problem.ServerId!.Value).Order());
        foreach (var problem in broken.Problems)
            Assert.Equal((problem.Kind, true),
                ("data", problem.Message.Contains(Table[problem.ServerId!.Value - 1].Said, StringComparison.Ordinal)));

        for (var row = 0; row < Table.Length; row++)
            await panel.SetAsync(row + 1, Table[row].Mend);
        var mended = await panel.BillAsync(At("2026-03-04 13:00"));

        Assert.Empty(mended.Problems);
        for (var row = 0; row < Table.Length; row++)
            Assert.Equal((row, 0.03m), (row, await panel.ChargedAsync(row + 1)));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task An_enrolment_that_breaks_later_waits_and_its_hours_are_billed_at_the_terms_that_were_known()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.BillAsync(At("2026-03-04 11:00"));
        await panel.SetAsync(1, "monthly_price = -1");
        await panel.BillAsync(At("2026-03-04 12:00"));
        Assert.Equal(0.01m, await panel.ChargedAsync(1));
        await panel.SetAsync(1, "monthly_price = 73");

        await panel.BillAsync(At("2026-03-04 13:00")); // Seen at 13:00: in force from 14:00 on.
        Assert.Equal(0.03m, await panel.ChargedAsync(1));
        await panel.BillAsync(At("2026-03-04 15:00"));

        Assert.Equal(0.14m, await panel.ChargedAsync(1));
    }

    [Fact]
    public async Task A_price_that_was_replaced_by_a_bad_one_before_it_took_effect_is_never_charged()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.ObserveAsync(Ten);
        foreach (var (minutes, price) in new[] { (5, 730m), (20, 999_999m), (150, 7.30m) })
        {
            await panel.SetAsync(1, FormattableString.Invariant($"monthly_price = {price}"));
            await panel.ObserveAsync(Ten.AddMinutes(minutes));
        }

        await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal(0.04m, await panel.ChargedAsync(1));
    }

    [Fact]
    public async Task A_server_enrolled_twice_waits_until_one_enrolment_is_switched_off()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddServerAsync(1, userId: 2, 73.00m, Ten);
        await panel.AddServerAsync(2, userId: 2, 7.30m, Ten);

        var twice = await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Equal("is enrolled 2 times: leave one row of virtfusion_hourly_billing enabled", Assert.Single(twice.Problems).Message);
        Assert.Equal((0m, 0.01m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2)));
        await panel.Database.ExecuteAsync(
            "update public.virtfusion_hourly_billing set billing_enabled = false where virtfusion_server_id = 1 and user_id = 2");

        var once = await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Empty(once.Problems);
        Assert.Equal(0.02m, await panel.ChargedAsync(1));
        Assert.Equal(0.02m, await panel.Database.ScalarAsync<decimal>(
            "select sum(amount) from cron_service.charges c join cron_service.accounts a on a.id = c.account_id where a.user_id = 1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_whose_owner_in_VirtFusion_is_someone_else_waits(bool isUnreadableFirst)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddServerAsync(2, userId: 1, 7.30m, Ten);
        await panel.AddUserAsync(2);
        await panel.SetAsync(1, "user_id = 2");
        if (isUnreadableFirst)
        {
            panel.VirtFusion.Faults.Add("GET", "servers", Fault.Answer(403));
            await panel.ObserveAsync(Ten.AddMinutes(1));
            panel.VirtFusion.Faults.Clear();
        }

        var other = await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Equal((1, "belongs to VirtFusion user 101, but user 2 of its enrolment is VirtFusion user 102"),
            Assert.Single(other.Problems) is var problem ? (problem.ServerId, problem.Message) : default);
        Assert.Equal((0m, 0.01m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2)));
        await panel.SetAsync(1, "user_id = 1");

        Assert.Empty((await panel.BillAsync(At("2026-03-04 12:00"))).Problems);
        Assert.Equal(0.02m, await panel.ChargedAsync(1));
        Assert.Equal(1, await panel.Database.ScalarAsync<int>(
            "select distinct a.user_id from cron_service.charges c join cron_service.accounts a on a.id = c.account_id"));
    }

    [Fact]
    public async Task A_server_of_a_user_without_an_id_in_VirtFusion_waits_only_if_its_owner_there_is_another_user()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddServerAsync(2, userId: 2, 7.30m, Ten);
        await panel.SetAsync(1, "user_id = 2");
        await panel.Database.ExecuteAsync("update public.users set virtfusion_id = null where id = 2");

        var other = await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Equal((1, "belongs to VirtFusion user 101, but user 2 of its enrolment is none"),
            Assert.Single(other.Problems) is var problem ? (problem.ServerId, problem.Message) : default);
        Assert.Equal((0m, 0.01m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2)));
        await panel.SetAsync(1, "user_id = 1");

        Assert.Empty((await panel.BillAsync(At("2026-03-04 12:00"))).Problems);
    }

    [Fact]
    public async Task A_server_that_VirtFusion_shows_as_something_unreadable_is_an_error_line_and_the_others_are_billed()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddServerAsync(2, userId: 1, 7.30m, Ten);
        panel.VirtFusion.Blur(1);

        var result = await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Contains("server 1", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
        Assert.Equal((0m, 0.01m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2)));
    }

    [Fact]
    public async Task A_switched_off_enrolment_is_no_error_whatever_its_row_says()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, -5.00m, Ten);
        await panel.SetAsync(1, "billing_enabled = false");

        Assert.Empty((await panel.BillAsync(At("2026-03-04 12:00"))).Problems);
    }
}
