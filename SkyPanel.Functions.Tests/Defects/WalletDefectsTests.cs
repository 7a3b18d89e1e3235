using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Tests.Wallet;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Defects;

/// <summary>What the panel's own billing service got wrong when it took tokens, and what happens here instead. The names begin with
/// the defect's number.</summary>
public sealed class WalletDefectsTests
{
    private static readonly DateTimeOffset March = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task C1_3_an_hour_below_a_token_is_no_call()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 11, 1.00m, March);

        // 1.00 over 730 h is 0.137 tokens an hour: the first token is whole after eight hours.
        for (var hour = 1; hour <= 7; hour++)
            await panel.BillAsync(March.AddHours(hour));
        Assert.Equal(0, panel.VirtFusion.Requests.Count("POST", ""));
        await panel.BillAsync(March.AddHours(8));

        Assert.Equal(-1m, Assert.Single(panel.VirtFusion.Credits).Tokens);
    }

    [Fact]
    public async Task C1_4_wallet_ledger_and_panel_agree()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 11, 5.00m, March);
        await panel.AddServerAsync(2, 11, 2.50m, March);

        for (var day = 1; day <= 31; day++)
            await panel.BillAsync(March.AddDays(day));

        var charged = await panel.Database.ScalarAsync<decimal>("select sum(amount) from cron_service.charges");
        Assert.Equal(7.50m, charged);
        Assert.Equal(charged, await panel.Database.ScalarAsync<decimal>(
            "select sum(amount) from cron_service.transfers where kind = 'charge'"));
        Assert.Equal(charged, await panel.Database.ScalarAsync<decimal>(
            "select sum(amount_charged) from public.virtfusion_hourly_transactions"));
        Assert.Equal(-750m, panel.VirtFusion.Credits.Sum(credit => credit.Tokens));
        Assert.Equal(-7.50m, await panel.Database.ScalarAsync<decimal>("select sum(round(amount::numeric, 2)) from public.transactions"));
        Assert.Equal(0m, await panel.Database.ScalarAsync<decimal>("select sum(balance_amount) from cron_service.balances"));
    }

    [Fact]
    public async Task C1_6_no_fraction_of_a_token_is_ever_sent()
    {
        await using var panel = await TestPanel.StartAsync();
        decimal[] prices = [19.99m, 1.15m, 9.99m, 0.07m, 33.33m];
        for (var i = 0; i < prices.Length; i++)
            await panel.AddServerAsync(i + 1, 11 + i, prices[i], March);

        foreach (var hour in new[] { 1, 2, 5, 77, 300, 744 })
            await panel.BillAsync(March.AddHours(hour));

        Assert.All(panel.VirtFusion.Credits, credit => Assert.Equal(decimal.Truncate(credit.Tokens), credit.Tokens));
        Assert.All(prices.Index(), price => Assert.Equal(100_000 - price.Item * 100, panel.VirtFusion.Wallet(11 + price.Index)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task C2_3_a_lost_answer_is_never_taken_twice(bool moved)
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 11, 50.00m, March);
        await panel.BillAsync(March.AddHours(1));
        panel.VirtFusion.Faults.Add("POST", WalletBench.Credit, moved ? Fault.Reset().AfterActing() : Fault.Reset(), times: 1);

        var result = await panel.BillAsync(March.AddHours(2));
        Assert.Contains(result.Problems, problem => problem.Message.Contains("is in doubt", StringComparison.Ordinal));
        for (var hour = 3; hour <= 6; hour++)
        {
            await panel.Database.ExecuteAsync(
                "update cron_service.debits set deadline = deadline - interval '1 hour' where state = 'in_doubt'");
            await panel.BillAsync(March.AddHours(hour));
        }

        Assert.Equal(100_000 - decimal.Floor(await panel.ChargedAsync(1) * 100), panel.VirtFusion.Wallet(11));
        Assert.Equal(0L, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.debits where state <> 'settled'"));
        // The credit's id is kept wherever an answer gave one.
        Assert.Equal(moved ? 1L : 0L,
            await panel.Database.ScalarAsync<long>("select count(*) from cron_service.debits where credit_id is null"));
    }

    [Fact]
    public async Task C2_3_a_database_that_fails_after_the_wallet_moved_is_no_reason_to_take_again()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        Task<DeliveryResult> delivering;
        await using (await bench.LockAccountsAsync())
        {
            delivering = bench.DeliverAsync();
            await bench.Database.BlockedAsync(1);
            await bench.Database.ScalarAsync<long>("""
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                    where datname = current_database() and wait_event_type = 'Lock'
                """);
        }
        await delivering;
        await bench.DeliverAsync();

        Assert.Equal((DebitState.Settled, 990m, 1), ((await bench.DebitAsync(id)).State, bench.VirtFusion.Wallet(11), bench.SentTo(11)));
    }

    [Fact]
    public async Task C2_5_a_failure_that_stays_is_one_row_and_in_the_end_a_person()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 11, 50.00m, March);
        panel.VirtFusion.Faults.Add("POST", WalletBench.Credit, Fault.Answer(422));

        for (var hour = 1; hour <= 30; hour++)
            await panel.BillAsync(March.AddHours(hour));

        Assert.Equal(8, panel.VirtFusion.Requests.Count("POST", WalletBench.Credit));
        Assert.Equal(1L, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.debits"));
        Assert.Equal("held", await panel.Database.ScalarAsync<string>("select state from cron_service.debits"));
        Assert.Equal(0L, await panel.Database.ScalarAsync<long>("select count(*) from public.transactions"));
        Assert.Equal(await panel.ChargedAsync(1),
            await panel.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11"));
    }

    [Fact]
    public async Task C2_8_an_outage_disables_nothing_and_loses_nothing()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddServerAsync(1, 11, 50.00m, March);
        await panel.BillAsync(March.AddHours(1));
        panel.VirtFusion.Faults.Add("*", "", WalletBench.Down);

        for (var hour = 2; hour <= 4; hour++)
            Assert.False((await panel.BillAsync(March.AddHours(hour))).HasReading);
        Assert.True(await panel.Database.ScalarAsync<bool>("select bool_and(billing_enabled) from public.virtfusion_hourly_billing"));
        Assert.Equal(0L, await panel.Database.ScalarAsync<long>(
            "select count(*) from cron_service.debits where state <> 'settled' and attempts > 0"));

        panel.VirtFusion.Faults.Clear();
        await panel.BillAsync(March.AddHours(5));
        Assert.Equal(5L, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.charges"));
        Assert.Equal(100_000 - decimal.Floor(5 * 50 / 730m * 100), panel.VirtFusion.Wallet(11));
    }

    // What a wallet lacks is still owed: it is known before each order, and a refusal keeps the debt to the last token.
    [Fact]
    public async Task C2_16_the_balance_is_looked_at_before_each_debit_and_an_empty_wallet_still_owes()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.AddUserAsync(11, tokens: 3);
        await panel.AddServerAsync(1, 11, 50.00m, March);
        panel.VirtFusion.Faults.Add("POST", WalletBench.Credit, Fault.Answer(422, """{"msg":"insufficient credit"}"""), times: 1);

        for (var hour = 1; hour <= 2; hour++)
        {
            await panel.BillAsync(March.AddHours(hour));
            // It waits for money, not for a person: no problem of the run.
            Assert.Matches("^pending: waits for money: the wallet holds 3", await panel.Database.ScalarAsync<string>(
                "select state || ': ' || message from cron_service.debits"));
        }
        Assert.Equal(3m, await panel.Database.ScalarAsync<decimal>("select balance_before_tokens from cron_service.debits"));
        Assert.Equal(3m, panel.VirtFusion.Wallet(11));

        panel.VirtFusion.ShiftWallet(11, 100);
        await panel.BillAsync(March.AddHours(3));
        Assert.Equal(103 - decimal.Floor(await panel.ChargedAsync(1) * 100), panel.VirtFusion.Wallet(11));
    }

    [Fact]
    public async Task C3_10_a_token_that_was_rotated_in_the_panel_needs_no_restart()
    {
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("insert into public.settings (key, value) values ('virtfusion_api_token', @token)",
            ("token", panel.VirtFusion.ApiToken));
        var app = panel.StartApp(("VirtFusion:ApiToken", ""));
        await panel.AddServerAsync(1, 11, 50.00m, March);
        await TestPanel.BillAsync(app, March.AddHours(1));
        Assert.Equal(99_994m, panel.VirtFusion.Wallet(11));

        panel.VirtFusion.ApiToken = "rotated";
        var refused = await TestPanel.BillAsync(app, March.AddHours(2));
        Assert.False(refused.HasReading);
        await panel.Database.ExecuteAsync("update public.settings set value = 'rotated' where key = 'virtfusion_api_token'");
        await TestPanel.BillAsync(app, March.AddHours(3));

        Assert.Equal(100_000 - decimal.Floor(await panel.ChargedAsync(1) * 100), panel.VirtFusion.Wallet(11));
        Assert.Equal(3L, await panel.Database.ScalarAsync<long>("select count(*) from cron_service.charges"));
    }

    [Fact]
    public async Task C3_10_nor_does_it_in_a_process_that_never_observes_because_another_does()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await TestPanel.StartAsync();
        await panel.Database.ExecuteAsync("insert into public.settings (key, value) values ('virtfusion_api_token', @token)",
            ("token", panel.VirtFusion.ApiToken));
        var app = panel.StartApp(("VirtFusion:ApiToken", ""));
        await panel.AddServerAsync(1, 11, 50.00m, March);
        panel.VirtFusion.Faults.Add("POST", "selfService/credit/byUserExtRelationId/11", Fault.Answer(401, "{}"), times: 1);
        await TestPanel.BillAsync(app, March.AddHours(1));

        panel.VirtFusion.ApiToken = "rotated";
        await panel.Database.ExecuteAsync("""
            update public.settings set value = 'rotated' where key = 'virtfusion_api_token';
            insert into cron_service.observations (observed_at, servers_listed, is_complete) values (now(), 1, true)
            """);
        await app.GetRequiredService<Heartbeat>().BeatAsync(ct);

        Assert.Equal(99_994m, panel.VirtFusion.Wallet(11));
    }
}
