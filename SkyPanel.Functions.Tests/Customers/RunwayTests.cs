using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>How long wallets last: what they hold by now, and what their servers burn.</summary>
public sealed class RunwayTests
{
    [Fact]
    public async Task An_account_burns_what_its_next_hour_is_charged()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 1000, price: 17.77m);
        var standing = await bench.UpdateStandingAsync(1);
        var before = await bench.Panel.ChargedAsync(1001);
        await bench.Panel.BillAsync(CustomersBench.Hour.AddHours(1));

        Assert.Equal(await bench.Panel.ChargedAsync(1001) - before, standing.Burn);
    }

    [Fact]
    public async Task A_runway_is_what_is_available_by_what_is_burnt_in_an_hour()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 1000);
        var standing = await bench.UpdateStandingAsync(1);

        // 1,000 tokens less the 20 of two hours, at 10 tokens an hour.
        Assert.Equal((980m, 9.80m, 0.10m, 98, RunwayKind.Known, Standing.Ok),
            (standing.BalanceTokens, standing.Available, standing.Burn, standing.RunwayHours, standing.Runway, standing.State));
    }

    [Fact]
    public async Task A_server_at_its_cap_burns_nothing_until_the_month_ends()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 1000);
        await bench.Database.ExecuteAsync("""
            insert into cron_service.server_months (server_id, month, terms_id, seconds_billed, seconds_counted, amount)
            select 1001, date_trunc('month', now(), 'UTC'), id, 2628000, 2628000, 73 from cron_service.terms where server_id = 1001
            on conflict (server_id, month, terms_id) do update set seconds_billed = 2628000, seconds_counted = 2628000
            """);
        var standing = await bench.UpdateStandingAsync(1);
        var month = await bench.Database.ScalarAsync<decimal>(
            "select extract(epoch from date_trunc('month', now(), 'UTC') + interval '1 month' - date_trunc('hour', now(), 'UTC')) / 3600");

        Assert.Equal((0m, 98 + (int)month, RunwayKind.Known), (standing.Burn, standing.RunwayHours, standing.Runway));
    }

    [Fact]
    public async Task Suspended_servers_burn_nothing()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 1000);
        bench.VirtFusion.Suspend(1001);
        await bench.Panel.ObserveAsync(TimeProvider.System.GetUtcNow());
        var standing = await bench.UpdateStandingAsync(1);

        Assert.Equal((0m, null, RunwayKind.Endless), (standing.Burn, standing.RunwayHours, standing.Runway));
    }

    [Fact]
    public async Task A_wallet_that_was_never_read_is_unknown_and_not_empty()
    {
        await using var bench = await CustomersBench.StartAsync();
        bench.VirtFusion.Faults.Add("GET", CustomersBench.Balance, Fault.Answer(200, """{"data":{"credit":{"value":"0.00"}}}"""));
        await bench.AddAsync(1, 1000);
        var standing = await bench.BeatAsync(1);

        Assert.Equal((null, null, null, RunwayKind.Unknown, Standing.Ok),
            (standing.BalanceTokens, standing.Available, standing.RunwayHours, standing.Runway, standing.State));
    }

    [Fact]
    public async Task Between_readings_a_balance_is_estimated_by_what_was_taken_and_given()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 1000);
        await bench.Database.ExecuteAsync("update cron_service.wallet_readings set read_at = read_at - interval '1 hour', tokens = 5000");

        Assert.Equal(4980, (await bench.UpdateStandingAsync(1)).BalanceTokens);
    }

    [Fact]
    public async Task An_answer_that_was_lost_and_judged_by_the_balance_is_not_subtracted_twice()
    {
        await using var bench = await CustomersBench.StartAsync();
        bench.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Reset().AfterActing(), times: 1);
        await bench.AddAsync(1, 1000);
        await bench.Get<InDoubt>().ResolveAsync(CustomersBench.Cancel);

        Assert.Equal("settled", await bench.Database.ScalarAsync<string>("select state from cron_service.debits"));
        Assert.Equal(980, (await bench.UpdateStandingAsync(1)).BalanceTokens);
    }

    [Fact]
    public async Task A_reading_while_a_debit_is_under_way_is_not_kept()
    {
        await using var bench = await CustomersBench.StartAsync();
        bench.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Reset().AfterActing(), times: 1);
        await bench.AddAsync(1, 1000);

        Assert.False(await bench.Get<WalletReadings>().StoreAsync(1, 980, TimeProvider.System.GetUtcNow().UtcDateTime,
            CustomersBench.Cancel));
        Assert.Equal(1000, (await bench.UpdateStandingAsync(1)).BalanceTokens);
    }

    [Fact]
    public async Task Only_wallets_below_the_longest_threshold_are_read_between_debits_and_once_in_five_minutes()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 1000);
        await bench.AddAsync(2, 400);
        await bench.BeatAsync(2);
        var before = bench.WalletReads;
        var standing = await bench.BeatAsync(2);
        await bench.RunTaskAsync();

        Assert.Equal(38, standing.RunwayHours);
        Assert.Equal(before + 1, bench.WalletReads);
    }

    [Fact]
    public async Task An_account_is_overdue_from_the_first_fresh_reading_below_its_credit_limit()
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        var overdue = await bench.BeatAsync(1);
        Assert.Equal((-10m, -0.10m, Standing.Overdue, 0), (overdue.BalanceTokens, overdue.Available, overdue.State,
            overdue.RunwayHours));
        Assert.Null(overdue.DueAt); // The policy is off.

        await bench.SetPolicyAsync("credit_limit = 0.10");
        Assert.Equal((0m, Standing.Ok), ((await bench.BeatAsync(1)) is var within ? (within.Available, within.State) : default));
        await bench.SetPolicyAsync("credit_limit = 0, suspension_enabled = true");
        var again = await bench.BeatAsync(1);
        Assert.Equal(Standing.Overdue, again.State);
        Assert.Equal(TimeSpan.FromHours(24), again.DueAt - again.OverdueSince);
    }
}
