using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Demo.Simulators;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Defects;

/// <summary>More of what the service that this app replaces did wrong with hours: who is billed, for how long, at which price.</summary>
public sealed class BillingDefectsTestsWhoAndWhen
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    [Fact]
    public async Task C2_5_a_failure_that_lasts_adds_no_rows()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73.00m, Ten);
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(422, """{"errors":["no"]}"""));

        for (var hour = 1; hour <= 12; hour++)
            await panel.BillAsync(Ten.AddHours(hour));

        Assert.Equal((12L, 1L, 0L), (await panel.CountAsync("cron_service.charges"), await panel.CountAsync("cron_service.debits"),
            await panel.CountAsync("public.transactions")));
        Assert.Equal(12, await panel.CountAsync("public.virtfusion_hourly_transactions"));
    }

    [Fact]
    public async Task C2_9_all_servers_of_a_user_with_more_than_twenty_are_found_with_the_documented_list()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= 450; server++)
            await panel.AddServerAsync(server, userId: 1, 7.30m, Ten);

        Assert.Equal(450, (await panel.BillAsync(Ten.AddHours(1))).Hours);

        Assert.Equal(
            ["servers?type=simple&results=200&page=1", "servers?type=simple&results=200&page=2", "servers?type=simple&results=200&page=3"],
            panel.VirtFusion.Requests.Received.Select(request => request.PathAndQuery)
                .Where(path => path.StartsWith("servers", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task C2_10_a_deleted_server_without_a_uuid_is_not_billed()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.AddServerAsync(2, userId: 1, 7.30m, Ten);
        await panel.SetAsync(1, "server_uuid = null");
        await panel.SetAsync(2, "server_uuid = 'DELETED_SERVER'");
        panel.VirtFusion.Delete(1);
        panel.VirtFusion.Delete(2);

        await panel.BillAsync(Ten.AddHours(5));

        Assert.Equal(0, await panel.CountAsync("cron_service.charges"));
    }

    [Fact]
    public async Task C2_11_ten_days_without_billing_are_not_taken_in_one_go_but_held()
    {
        await using var panel = await TestPanel.StartAsync(("Billing:MaxCatchUp", "1.00:00:00"));
        await panel.AddServerAsync(1, userId: 1, 51.10m, Ten);

        var result = await panel.BillAsync(Ten.AddDays(10));

        Assert.Equal((24L, 168L), (result.Hours, result.TokensDebited));
        Assert.Equal(216, Assert.Single(await panel.HoldsAsync()).Hours);
    }

    [Fact]
    public async Task C2_11_time_that_was_switched_off_is_not_billed_when_switched_on_and_nothing_is_billed_in_advance()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.BillAsync(Ten.AddHours(1).AddMinutes(59));
        Assert.Equal(3600, await panel.SecondsAsync(1));
        await panel.SetAsync(1, "billing_enabled = false");
        await panel.ObserveAsync(Ten.AddHours(2));
        await panel.ObserveAsync(Ten.AddDays(9));
        await panel.SetAsync(1, "billing_enabled = true");
        await panel.ObserveAsync(Ten.AddDays(10));

        await panel.BillAsync(Ten.AddDays(10).AddHours(1));

        Assert.Equal(3600 + 59 * 60 + 3600, await panel.SecondsAsync(1));
    }

    [Fact]
    public async Task C2_12_no_package_row_and_no_active_user_make_no_server_free()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.Database.ExecuteAsync("delete from public.package_pricing");
        await panel.Database.ExecuteAsync("update public.users set is_active = false");

        await panel.BillAsync(Ten.AddHours(1));

        Assert.Equal(0.01m, await panel.ChargedAsync(1));
    }

    [Fact]
    public async Task C2_13_a_new_price_or_package_counts_from_the_next_full_hour_on()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.ObserveAsync(Ten.AddMinutes(10));
        await panel.SetAsync(1, "monthly_price = 14.60, package_id = 2, package_name = 'Larger'");
        await panel.ObserveAsync(Ten.AddMinutes(20));

        await panel.BillAsync(Ten.AddHours(3));

        Assert.Equal([0.01m, 0.02m, 0.02m], (await panel.HoursAsync(1)).Select(hour => hour.Amount));
    }

    [Fact]
    public async Task C2_14_a_year_is_twelve_months_of_the_price()
    {
        // February has 672 hours, less than the basis; the seven long months stop at the price.
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, At("2026-01-01 00:00"));

        await panel.BillAsync(At("2027-01-01 00:00"));

        Assert.Equal(7 * 7.30m + 4 * 7.20m + 6.72m, await panel.ChargedAsync(1));
        Assert.Equal(8760, await panel.CountAsync("cron_service.charges"));
    }

    [Fact]
    public async Task C2_18_a_row_that_was_made_later_than_its_server_bills_no_hour_twice_and_none_before_the_prepaid_one_ends()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten); // Made by the panel's script hours later.
        await panel.SetAsync(1, "last_billed_at = null, server_created_at = '2026-03-04 10:20', created_at = '2026-03-04 15:00'");
        await panel.AddServerAsync(2, userId: 1, 7.30m, Ten); // And made before the server was.
        await panel.SetAsync(2, "last_billed_at = null, server_created_at = null, created_at = '2026-03-04 08:00'");

        await panel.BillAsync(Ten.AddHours(4));

        Assert.Equal([2400, 3600, 3600], (await panel.HoursAsync(1)).Select(hour => hour.Seconds)); // From 11:20.
        Assert.Equal(5 * 3600, await panel.SecondsAsync(2)); // From VirtFusion's creation at 09:00.
    }
}
