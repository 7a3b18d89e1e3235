using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

/// <summary>Changes of price, basis, package and owner: each from the next full hour on, with one cap over the server's whole
/// month.</summary>
public sealed class SegmentsTests
{
    private static readonly DateTimeOffset March = At("2026-03-01 00:00");
    private static readonly DateTimeOffset April = At("2026-04-01 00:00");

    [Fact]
    public async Task A_change_of_price_takes_effect_at_the_next_full_hour()
    {
        await using var panel = await StartAsync(7.30m);
        await panel.BillAsync(March.AddHours(2));
        await panel.SetAsync(1, "monthly_price = 73");
        await panel.ObserveAsync(March.AddHours(2).AddMinutes(20));

        await panel.BillAsync(March.AddHours(5));

        Assert.Equal([0.01m, 0.01m, 0.01m, 0.10m, 0.10m], (await panel.HoursAsync(1)).Select(hour => hour.Amount));
    }

    [Fact]
    public async Task A_price_that_changes_before_billing_begins_counts_from_its_beginning()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 1, 7.30m, March.AddMinutes(40));
        await panel.ObserveAsync(March.AddMinutes(10));
        await panel.SetAsync(1, "monthly_price = 73");
        await panel.ObserveAsync(March.AddMinutes(20));

        await panel.BillAsync(March.AddHours(2));

        Assert.Equal([0.033333m, 0.10m], (await panel.HoursAsync(1)).Select(hour => hour.Amount));
    }

    [Fact]
    public async Task A_price_that_changes_twice_within_an_hour_is_the_last_one_and_one_that_changes_back_never_changed()
    {
        await using var panel = await StartAsync(9.99m);
        await panel.ObserveAsync(March);
        await panel.SetAsync(1, "monthly_price = 99");
        await panel.ObserveAsync(March.AddMinutes(10));
        await panel.SetAsync(1, "monthly_price = 9.99");
        await panel.ObserveAsync(March.AddMinutes(20));
        await panel.BillAsync(March.AddHours(2));
        Assert.Equal(1, await panel.CountAsync("cron_service.terms"));
        await panel.SetAsync(1, "monthly_price = 99");
        await panel.ObserveAsync(March.AddMinutes(130));
        await panel.SetAsync(1, "monthly_price = 73");
        await panel.ObserveAsync(March.AddMinutes(140));

        await panel.BillAsync(March.AddHours(4));

        Assert.Equal(2, await panel.CountAsync("cron_service.terms"));
        Assert.Equal(0.041055m + 0.10m, await panel.ChargedAsync(1)); // round6(9.99 x 3 / 730) and one hour at 73.
    }

    [Theory]
    [InlineData(60)]
    [InlineData(50)] // Of a slow reader.
    public async Task A_price_that_began_on_the_hour_stands_though_a_reading_of_no_later_sees_another(int minute)
    {
        await using var panel = await StartAsync(7.30m);
        await panel.ObserveAsync(March);
        await panel.SetAsync(1, "monthly_price = 73");
        await panel.ObserveAsync(March.AddMinutes(20));
        await panel.ObserveAsync(March.AddHours(1));
        await panel.SetAsync(1, "monthly_price = 730");
        await panel.ObserveAsync(March.AddMinutes(minute));

        await panel.BillAsync(March.AddHours(3));

        Assert.Equal([0.01m, 0.10m, 1.00m], (await panel.HoursAsync(1)).Select(hour => hour.Amount));
    }

    [Fact]
    public async Task The_first_price_that_is_known_reaches_back_though_it_changed_before_anything_was_charged()
    {
        await using var panel = await StartAsync(7.30m);
        await panel.ObserveAsync(March.AddMinutes(150));
        await panel.SetAsync(1, "monthly_price = 73");
        await panel.ObserveAsync(March.AddMinutes(160));

        await panel.BillAsync(March.AddHours(4));

        Assert.Equal([0.01m, 0.01m, 0.01m, 0.10m], (await panel.HoursAsync(1)).Select(hour => hour.Amount));
    }

    [Theory]
    [InlineData("monthly_price = 73", 0.16)]
    [InlineData("id = id + 1, monthly_price = 73", 0.25)] // The new row's from the first hour that is not billed.
    public async Task A_reading_that_is_older_than_what_was_billed_changes_no_terms_of_the_past(string change, decimal charged)
    {
        await using var panel = await StartAsync(7.30m);
        await panel.BillAsync(March.AddHours(5));
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_transactions");
        await panel.SetAsync(1, change);
        await panel.ObserveAsync(March.AddHours(2));

        await panel.BillAsync(March.AddHours(7));

        Assert.Equal(charged, await panel.ChargedAsync(1));
        await HoldSpansTests.AssertIntegrityAsync(panel);
    }

    [Theory]
    [InlineData(10.00, 730, 20.00, 730)]
    [InlineData(20.00, 730, 10.00, 730)]
    [InlineData(9.99, 730, 9.99, 690)]
    [InlineData(9.99, 690, 19.99, 730)]
    [InlineData(9.99, 700, 3.33, 744)]
    [InlineData(5.00, 671, 7.77, 743)]
    [InlineData(5.00, 743, 7.77, 671)]
    public async Task The_cap_spans_the_segments_of_a_month(decimal price, int basis, decimal laterPrice, int laterBasis)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, price, March, basis);
        var middle = March.AddHours(365);
        await panel.BillAsync(middle.AddMinutes(-10));
        await panel.SetAsync(1, $"monthly_price = {laterPrice}, hours_in_month = {laterBasis}");
        await panel.ObserveAsync(middle.AddMinutes(-5));
        for (var at = middle; at < April; at = at.AddHours(37))
            await panel.BillAsync(at);
        await panel.BillAsync(April);

        var bill = ExactBill.Of(Hours(March, April), [new(March, price, basis), new(middle, laterPrice, laterBasis)]);
        Assert.Equal(bill.Values, await AmountsAsync(panel));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task Half_a_month_at_10_and_the_rest_at_20_is_15_and_stops_there()
    {
        await using var panel = await StartAsync(10.00m);
        await panel.BillAsync(March.AddHours(364.5));
        await panel.SetAsync(1, "monthly_price = 20");

        await panel.ObserveAsync(March.AddHours(364.6));
        await panel.BillAsync(April);

        Assert.Equal([5m, 10m], await AmountsAsync(panel));
        Assert.Equal(100_000 - 1500, panel.VirtFusion.Wallet(1));
    }

    [Fact]
    public async Task A_new_owner_pays_from_the_next_full_hour_on_and_the_cap_goes_on()
    {
        await using var panel = await StartAsync(7.30m);
        await panel.AddUserAsync(2);
        await panel.BillAsync(March.AddHours(499.5));
        await panel.ChangeOwnerAsync(1, userId: 2);

        await panel.BillAsync(March.AddHours(499.7));
        await panel.BillAsync(April);

        Assert.Equal((100_000 - 500m, 100_000 - 230m), (panel.VirtFusion.Wallet(1), panel.VirtFusion.Wallet(2)));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task A_server_that_was_removed_and_enrolled_for_another_customer_costs_the_first_one_no_second_of_it()
    {
        await using var panel = await StartAsync(7.30m);
        await panel.BillAsync(March.AddHours(2));
        await panel.Database.ExecuteAsync("delete from public.virtfusion_hourly_billing");
        await panel.ObserveAsync(March.AddHours(2.5));
        panel.VirtFusion.Delete(1);
        await panel.AddServerAsync(1, userId: 2, 73m, March.AddHours(20));
        await panel.ObserveAsync(March.AddHours(20.5));

        await panel.BillAsync(March.AddHours(22));

        Assert.Equal([0.02m, 0.15m], await AmountsAsync(panel));
        Assert.Equal((100_000 - 2, 100_000 - 15), (panel.VirtFusion.Wallet(1), panel.VirtFusion.Wallet(2)));
    }

    [Fact]
    public async Task A_rate_with_more_than_six_decimals_opens_no_segment_at_each_reading()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("alter table public.virtfusion_hourly_billing alter hourly_rate type double precision");
        await panel.AddServerAsync(1, userId: 1, monthlyPrice: null, March);
        await panel.SetAsync(1, "hourly_rate = 0.01369863");

        for (var hour = 1; hour <= 3; hour++)
            await panel.BillAsync(March.AddHours(hour));

        Assert.Equal(1, await panel.CountAsync("cron_service.terms"));
        Assert.Equal([0.041097m], await AmountsAsync(panel));
    }

    [Fact]
    public async Task A_new_package_opens_a_segment_though_its_price_is_the_same()
    {
        await using var panel = await StartAsync(7.30m);
        await panel.ObserveAsync(March.AddMinutes(5));
        await panel.SetAsync(1, "package_id = 2");

        await panel.ObserveAsync(March.AddMinutes(10));
        await panel.BillAsync(March.AddHours(3));

        Assert.Equal([0.01m, 0.02m], await AmountsAsync(panel));
    }

    [Fact]
    public async Task Hourly_rates_do_not_use_up_the_cap()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, monthlyPrice: null, March, hourlyRate: 0.01m);
        await panel.BillAsync(March.AddHours(9.5));
        await panel.SetAsync(1, "monthly_price = 7.30");
        await panel.ObserveAsync(March.AddHours(9.6));

        await panel.BillAsync(April);

        Assert.Equal([0.10m, 7.30m], await AmountsAsync(panel));
    }

    private static async Task<TestPanel> StartAsync(decimal price)
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, price, March);
        return panel;
    }

    private static IEnumerable<(DateTimeOffset, int)> Hours(DateTimeOffset from, DateTimeOffset until) =>
        Enumerable.Range(0, (int)(until - from).TotalHours).Select(hour => (from.AddHours(hour), 3600));

    // Of server 1's segments, oldest first.
    private static async Task<List<decimal>> AmountsAsync(TestPanel panel) =>
        await SkyPanel.Functions.Database.Commands.QueryAsync(panel.Database.Source,
            "select sum(c.amount) from cron_service.charges c join cron_service.terms t on t.id = c.terms_id where c.server_id = 1 group " +
                "by t.id, t.effective_from order by t.effective_from",
            row => row.GetDecimal(0), TestContext.Current.CancellationToken);
}
