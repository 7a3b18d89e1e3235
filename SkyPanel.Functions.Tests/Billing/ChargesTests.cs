using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Billing;

public sealed class ChargesTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    // 7.30 over 730 hours is one cent an hour, one token.
    [Fact]
    public async Task Only_hours_that_have_ended_are_charged()
    {
        await using var panel = await StartAsync();

        Assert.Equal(0, (await panel.BillAsync(At("2026-03-04 10:59:59"))).Hours);
        Assert.Equal(1, (await panel.BillAsync(At("2026-03-04 11:00:00"))).Hours);
        Assert.Equal(0, (await panel.BillAsync(At("2026-03-04 11:59:59"))).Hours);
    }

    [Fact]
    public async Task Only_hours_that_are_decided_are_charged()
    {
        await using var panel = await StartAsync();
        await panel.ObserveAsync(At("2026-03-04 12:30"));
        panel.VirtFusion.ShowNothing();

        var result = await panel.BillAsync(At("2026-03-04 14:00"));

        Assert.Equal((false, 2L, 0.02m), (result.HasReading, result.Hours, result.Amount));
    }

    [Fact]
    public async Task A_run_that_is_repeated_charges_nothing_and_takes_nothing()
    {
        await using var panel = await StartAsync();
        var first = await panel.BillAsync(At("2026-03-04 13:00"));
        var again = await panel.BillAsync(At("2026-03-04 13:00"));

        Assert.Equal((1, 3L, 0.03m, 3L), (first.Servers, first.Hours, first.Amount, first.TokensDebited));
        Assert.Equal((0, 0L, 0m, 0L), (again.Servers, again.Hours, again.Amount, again.TokensDebited));
        Assert.Equal(100_000 - 3, panel.VirtFusion.Wallet(1));
        Assert.Single(panel.VirtFusion.Credits);
    }

    [Fact]
    public async Task Ten_missed_hours_are_ten_charges_in_one_run_and_one_call()
    {
        await using var panel = await StartAsync();

        var result = await panel.BillAsync(At("2026-03-04 20:00"));

        Assert.Equal((10L, 0.10m, 10L), (result.Hours, result.Amount, result.TokensDebited));
        Assert.Equal(Enumerable.Range(10, 10), (await panel.HoursAsync(1)).Select(hour => hour.Hour.Hour));
        Assert.Equal([-10m], panel.VirtFusion.Credits.Select(credit => credit.Tokens));
    }

    [Fact]
    public async Task A_partial_hour_costs_its_seconds_and_the_remainder_of_a_token_is_carried()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, At("2026-03-04 10:45"));

        await panel.BillAsync(At("2026-03-04 11:00"));
        Assert.Equal((0.0025m, 100_000m), (await panel.ChargedAsync(1), panel.VirtFusion.Wallet(1)));
        await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Equal((0.0125m, 99_999m), (await panel.ChargedAsync(1), panel.VirtFusion.Wallet(1)));
        await panel.AssertBooksBalanceAsync();
    }

    [Fact]
    public async Task All_servers_of_an_account_are_one_transfer_and_one_debit_that_names_them()
    {
        await using var panel = await StartAsync();
        await panel.AddServerAsync(2, userId: 1, 14.60m, Ten);
        await panel.AddServerAsync(3, userId: 2, 14.60m, Ten);

        await panel.BillAsync(At("2026-03-04 12:00"));

        Assert.Equal([(1, -6m), (2, -4m)], panel.VirtFusion.Credits.Select(c => (c.ExtRelationId, c.Tokens)).Order());
        Assert.Equal("Hourly billing until 2026-03-04T12:00Z: 4 h of server 1, 2",
            panel.VirtFusion.Credits.Single(c => c.ExtRelationId == 1).Reference2);
        Assert.Equal(2, await panel.CountAsync("cron_service.transfers where kind = 'charge'"));
    }

    [Fact]
    public async Task The_cap_ends_with_the_month()
    {
        // 31 days are 744 hours: 14 more than the month costs. In April it counts anew.
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, At("2026-03-01 00:00"));

        await panel.BillAsync(At("2026-04-01 00:00"));
        Assert.Equal(7.30m, await panel.ChargedAsync(1));
        Assert.Equal(14, (await panel.HoursAsync(1)).Count(hour => hour.Amount == 0));
        await panel.BillAsync(At("2026-04-01 10:00"));
        Assert.Equal(7.40m, await panel.ChargedAsync(1));
        await panel.BillAsync(At("2026-05-01 00:00"));

        Assert.Equal(7.30m + 7.20m, await panel.ChargedAsync(1));
        Assert.Equal(100_000 - 1450, panel.VirtFusion.Wallet(1));
    }

    [Fact]
    public async Task The_hour_in_which_the_cap_is_reached_costs_what_is_left()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, At("2026-03-01 00:30"));

        await panel.BillAsync(At("2026-04-01 00:00"));

        var hours = await panel.HoursAsync(1);
        Assert.Equal([0.005m, 0.01m], hours.Take(2).Select(hour => hour.Amount));
        Assert.Equal([0.01m, 0.005m, 0m], hours.Skip(729).Take(3).Select(hour => hour.Amount));
        Assert.Equal(7.30m, hours.Sum(hour => hour.Amount));
    }

    [Fact]
    public async Task Without_the_cap_a_long_month_costs_more()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MonthlyCap", "false"));
        await panel.AddServerAsync(1, userId: 1, 7.30m, At("2026-03-01 00:00"));

        await panel.BillAsync(At("2026-04-01 00:00"));

        Assert.Equal(7.44m, await panel.ChargedAsync(1));
    }

    [Fact]
    public async Task An_enrolment_without_a_monthly_price_costs_its_hourly_rate_without_a_cap()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, monthlyPrice: null, At("2026-03-01 00:00"), hourlyRate: 0.013699m);
        await panel.AddServerAsync(2, userId: 1, monthlyPrice: null, At("2026-03-31 23:59:59"), hourlyRate: 0.0018m);

        await panel.BillAsync(At("2026-04-01 00:00"));

        Assert.Equal(744 * 0.013699m, await panel.ChargedAsync(1));
        Assert.Equal(0.000001m, await panel.ChargedAsync(2)); // 0.0000005: half goes away from zero.
    }

    [Fact]
    public async Task The_enrolments_basis_counts_and_the_stored_one_where_it_has_none()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("alter table public.virtfusion_hourly_billing alter hours_in_month drop not null");
        await panel.AddServerAsync(1, userId: 1, 7.20m, Ten, basisHours: 720);
        await panel.AddServerAsync(2, userId: 1, 7.30m, Ten);
        await panel.SetAsync(2, "hours_in_month = null");

        await panel.BillAsync(At("2026-03-04 11:00"));

        Assert.Equal((0.01m, 0.01m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2)));
    }

    [Fact]
    public async Task In_whatever_order_hours_are_billed_the_month_adds_up_to_the_same()
    {
        // The older hours of both servers were held; one has them charged before the rest of the month, the other after it.
        await using var panel = await TestPanel.StartAsync(("Billing:MaxCatchUp", "1.00:00:00"));
        await panel.AddServerAsync(1, userId: 1, 9.99m, At("2026-03-01 00:00:01"));
        await panel.AddServerAsync(2, userId: 2, 9.99m, At("2026-03-01 00:00:01"));
        await panel.BillAsync(At("2026-03-10 00:00"));
        var holds = await panel.HoldsAsync();
        Assert.Equal([(1, 192), (2, 192)], holds.Select(hold => (hold.ServerId!.Value, hold.Hours)));
        await panel.DecideAsync(holds[0].Id, isApproved: true);

        for (var day = 11; day <= 31; day++)
            await panel.BillAsync(At($"2026-03-{day} 00:00"));
        await panel.DecideAsync(holds[1].Id, isApproved: true);
        await panel.BillAsync(At("2026-04-01 00:00"));

        Assert.Equal((9.99m, 9.99m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2)));
        await panel.AssertBooksBalanceAsync();
    }

    private static async Task<TestPanel> StartAsync()
    {
        var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        return panel;
    }
}
