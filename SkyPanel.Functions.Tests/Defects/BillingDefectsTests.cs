using SkyPanel.Functions.Database;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Demo.Simulators;
using static SkyPanel.Functions.Tests.Billing.Bill;

namespace SkyPanel.Functions.Tests.Defects;

/// <summary>What the service that this app replaces did wrong with hours, and what happens here instead.</summary>
public sealed class BillingDefectsTests
{
    private static readonly DateTimeOffset Ten = At("2026-03-04 10:00");

    // A month of 730 hours: what the old service took at these prices, in tokens, and what is right.
    private static readonly (decimal Price, int Before, int Here)[] Prices =
    [
        (1.00m, 0, 100), (2.50m, 0, 250), (3.64m, 0, 364), (3.65m, 730, 365), (4.99m, 730, 499), (7.30m, 730, 730),
        (10.94m, 730, 1094), (10.95m, 1460, 1095), (50.00m, 5110, 5000), (200.00m, 19710, 20000),
    ];

    [Fact]
    public async Task C1_1_tokens_are_not_rounded_per_hour()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var row = 0; row < Prices.Length; row++)
            await panel.AddServerAsync(row + 1, userId: row + 1, Prices[row].Price, At("2026-03-01 00:00"));

        for (var hour = 1; hour <= 729; hour += 71)
            await panel.BillAsync(At("2026-03-01 00:00").AddHours(hour));
        await panel.BillAsync(At("2026-03-01 00:00").AddHours(730));

        for (var row = 0; row < Prices.Length; row++)
        {
            Assert.Equal((Prices[row].Price, 100_000m - Prices[row].Here), (Prices[row].Price, panel.VirtFusion.Wallet(row + 1)));
            Assert.Equal(Prices[row].Before, 730 * (int)decimal.Round(Prices[row].Price * 100 / 730, 0, MidpointRounding.AwayFromZero));
        }
    }

    [Fact]
    public async Task C1_2_a_month_of_744_hours_costs_no_more_than_the_monthly_price()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 50.00m, At("2026-03-01 00:00"));

        await panel.BillAsync(At("2026-04-01 00:00"));

        Assert.Equal((50.00m, 95_000m), (await panel.ChargedAsync(1), panel.VirtFusion.Wallet(1)));
    }

    [Fact]
    public async Task C1_5_amounts_are_exact_decimals_never_floats()
    {
        await using var panel = await TestPanel.StartAsync();

        Assert.Equal(0, await panel.CountAsync(
            "information_schema.columns where table_schema = 'cron_service' and data_type in ('real', 'double precision')"));
        Assert.Equal(0, await panel.CountAsync("""
            information_schema.columns where table_schema = 'cron_service'
                and table_name in ('charges', 'transfers', 'accounts', 'debits', 'server_months')
              and column_name in ('amount', 'owed_amount') and (numeric_precision, numeric_scale) is distinct from (18, 6)
            """));
        await panel.Database.ExecuteAsync("""
            insert into cron_service.charges (server_id, hour_start, run_id, account_id, terms_id, seconds_billed, seconds_counted, amount)
            select 1, '2020-01-01+00'::timestamptz + n * interval '1 hour', 1, 1, 1, 3600, 3600, 0.006849 from generate_series(1, 20000) n
            """);
        Assert.Equal(136.98m, await panel.Database.ScalarAsync<decimal>("select sum(amount) from cron_service.charges"));
    }

    [Fact]
    public async Task C1_7_the_stored_hourly_rate_and_its_lost_decimals_are_not_what_is_billed()
    {
        // 2.50 over 730 hours is 0.003425: stored with four decimals it was 0.0034, and an unknown package cost 0.01 an hour.
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 2.50m, At("2026-03-01 00:00"), hourlyRate: 0.0034m);
        await panel.AddServerAsync(2, userId: 1, 2.50m, At("2026-03-01 00:00"), hourlyRate: 0.01m);

        await panel.BillAsync(At("2026-03-01 00:00").AddHours(730));

        Assert.Equal((2.50m, 2.50m), (await panel.ChargedAsync(1), await panel.ChargedAsync(2)));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("100", 110)]
    [InlineData("1000", 1100)]
    public async Task C1_8_what_a_token_is_worth_is_configured(string tokensPerUnit, int tokens)
    {
        await using var panel = await TestPanel.StartAsync(("Billing:TokensPerCurrencyUnit", tokensPerUnit));
        await panel.AddServerAsync(1, userId: 1, 73.00m, Ten);

        await panel.BillAsync(Ten.AddHours(11));

        Assert.Equal((1.10m, 100_000m - tokens), (await panel.ChargedAsync(1), panel.VirtFusion.Wallet(1)));
    }

    [Fact]
    public async Task C1_9_cents_of_package_pricing_are_not_mixed_with_the_units_of_an_enrolment()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.Database.ExecuteAsync(
            "insert into public.package_pricing (virtfusion_package_id, name, price) values (1, 'Plan', 730)");

        await panel.BillAsync(Ten.AddHours(1));

        Assert.Equal(0.01m, await panel.ChargedAsync(1));
        Assert.Equal(0, await DifferencesAsync(panel)); // 730 cents are 7.30.
        await panel.Database.ExecuteAsync("update public.package_pricing set price = 731");
        Assert.Equal(1, await DifferencesAsync(panel)); // Reported, and not what is billed.
        await panel.BillAsync(Ten.AddHours(2));
        Assert.Equal(0.02m, await panel.ChargedAsync(1));
    }

    [Fact]
    public async Task C2_1_runs_that_overlap_bill_each_hour_once_and_a_run_costs_no_call_a_server()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= 250; server++)
            await panel.AddServerAsync(server, userId: 1, 7.30m, Ten);
        var other = panel.StartApp();

        await Task.WhenAll(panel.Services.BillBesideAsync("beside-1", Ten.AddHours(1)), other.BillBesideAsync("beside-2", Ten.AddHours(1)));

        Assert.Equal((250L, 2.50m), (await panel.CountAsync("cron_service.charges"),
            await panel.Database.ScalarAsync<decimal>("select sum(amount) from cron_service.charges")));
        Assert.Equal(100_000 - 250, panel.VirtFusion.Wallet(1));
        Assert.Equal(4, panel.VirtFusion.Requests.Count("GET", "servers")); // Two pages for each run.
    }

    [Fact]
    public async Task C2_2_eight_processes_without_a_lock_between_them_take_seven_tokens_not_fifty_six()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 51.10m, Ten);
        var apps = Enumerable.Range(0, 8).Select(_ => panel.StartApp()).ToArray();

        await Task.WhenAll(apps.Select((app, n) => app.BillBesideAsync($"beside-{n}", Ten.AddHours(1))));

        Assert.Equal(100_000 - 7, panel.VirtFusion.Wallet(1));
    }

    [Fact]
    public async Task C2_4_an_hour_that_failed_is_billed_by_the_next_run()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.Database.ExecuteAsync("""
            create function refuse() returns trigger language plpgsql as 'begin raise exception ''disk full''; end';
            create trigger refuse before insert on cron_service.charges for each row
                when (new.hour_start = '2026-03-04 10:00+00') execute function refuse()
            """);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => panel.BillAsync(Ten.AddHours(2)));
        Assert.Equal(0, await panel.CountAsync("cron_service.charges"));
        await panel.Database.ExecuteAsync("drop trigger refuse on cron_service.charges");

        await panel.BillAsync(Ten.AddHours(3));

        Assert.Equal([10, 11, 12], (await panel.HoursAsync(1)).Select(hour => hour.Hour.Hour));
        Assert.Equal(100_000 - 3, panel.VirtFusion.Wallet(1));
    }

    [Fact]
    public async Task C2_6_no_row_says_that_tokens_were_taken_which_were_not()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 73.00m, Ten);
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(422, """{"errors":["no"]}"""));

        await panel.BillAsync(Ten.AddHours(3));
        await panel.BillAsync(Ten.AddHours(4));

        Assert.Equal((100_000m, 0L), (panel.VirtFusion.Wallet(1), await panel.CountAsync("public.transactions")));
        Assert.Equal(1, await panel.CountAsync("cron_service.debits"));
        Assert.Equal(0, await panel.CountAsync("cron_service.transfers where kind = 'debit'"));
    }

    [Fact]
    public async Task C2_6_the_tables_of_the_dead_engine_are_ignored()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddUserAsync(1);
        await panel.Database.ExecuteAsync("""
            create table public.server_uptime_logs (id uuid primary key default gen_random_uuid(), virtfusion_server_id int, user_id int,
                status text, is_billed bool);
            insert into public.server_uptime_logs (virtfusion_server_id, user_id, status, is_billed) values (1, 1, 'running', false)
            """);
        panel.VirtFusion.AddServer(1, 101, Ten.AddDays(-30));

        Assert.Equal((0L, 0m), await panel.BillAsync(Ten) is var result ? (result.Hours, result.Amount) : default);
        var status = await panel.Services.Get<SkyPanel.Functions.Billing.BillingStatus>().ReadAsync(TestContext.Current.CancellationToken);
        Assert.Contains("server_uptime_logs", status.IgnoredTablesWithRows);
    }

    [Fact]
    public async Task C2_7_suspended_and_deleted_servers_cost_nothing_and_a_stopped_clock_stops()
    {
        await using var panel = await TestPanel.StartAsync();
        for (var server = 1; server <= 3; server++)
            await panel.AddServerAsync(server, userId: 1, 7.30m, Ten);
        await panel.BillAsync(Ten.AddHours(1));
        panel.VirtFusion.Suspend(1);
        panel.VirtFusion.Delete(2);

        await panel.BillAsync(Ten.AddHours(1).AddMinutes(1));
        for (var hour = 2; hour <= 24; hour++)
            await panel.BillAsync(Ten.AddHours(hour));

        Assert.Equal((3600, 3600, 24 * 3600), (await panel.SecondsAsync(1), await panel.SecondsAsync(2), await panel.SecondsAsync(3)));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(200)]
    public async Task C2_8_an_outage_disables_no_enrolment_and_loses_no_hour(int status)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, userId: 1, 7.30m, Ten);
        await panel.BillAsync(Ten.AddHours(1));
        panel.VirtFusion.Faults.Add("GET", "servers", Fault.Answer(status, "<html>"));
        await panel.BillAsync(Ten.AddHours(2));
        panel.VirtFusion.Faults.Clear();

        await panel.BillAsync(Ten.AddHours(3));

        Assert.Equal(1, await panel.CountAsync("public.virtfusion_hourly_billing where billing_enabled"));
        Assert.Equal(0.03m, await panel.ChargedAsync(1));
    }

    private static async Task<long> DifferencesAsync(TestPanel panel) =>
        (await panel.Services.Get<SkyPanel.Functions.Billing.BillingStatus>()
            .ReadAsync(TestContext.Current.CancellationToken)).PricesUnlikePackagePricing;
}
