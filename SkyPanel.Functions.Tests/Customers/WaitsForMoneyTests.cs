using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>A VirtFusion that refuses to let a wallet go below zero: its debits wait for money, not for a person.</summary>
public sealed class WaitsForMoneyTests
{
    private const string StateSql = "select state || ' ' || is_short || ' ' || attempts from cron_service.debits order by id limit 1";

    [Fact]
    public async Task A_debit_that_is_refused_for_want_of_tokens_waits_and_is_sent_when_a_reading_shows_enough()
    {
        await using var bench = await CustomersBench.StartAsync(("Wallet:MaxAttempts", "1"));
        bench.VirtFusion.RefusesOverdrafts = true;
        await bench.AddAsync(1, 10);
        Assert.Equal("pending true 0", await bench.Database.ScalarAsync<string>(StateSql));
        Assert.Equal(Standing.Overdue, (await bench.BeatAsync(1)).State);

        bench.VirtFusion.ShiftWallet(1, 100);
        await bench.BeatAsync(1);
        await bench.Get<Delivery>().DeliverAsync(null, CustomersBench.Cancel);

        Assert.Equal("settled true 0", await bench.Database.ScalarAsync<string>(StateSql));
        Assert.Equal((90, Standing.Ok), (bench.VirtFusion.Wallet(1), (await bench.UpdateStandingAsync(1)).State));
    }

    [Fact]
    public async Task A_run_reads_the_wallet_of_a_debit_that_waits_and_sends_nothing_while_it_holds_too_little()
    {
        await using var bench = await CustomersBench.StartAsync();
        bench.VirtFusion.RefusesOverdrafts = true;
        await bench.AddAsync(1, 10);
        var sent = Sent(bench);
        var result = await bench.Panel.BillAsync(CustomersBench.Hour);

        Assert.Equal(sent, Sent(bench));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public async Task A_debit_that_waits_is_sent_again_after_an_hour_as_the_refusal_may_have_had_another_reason()
    {
        await using var bench = await CustomersBench.StartAsync();
        bench.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(422, """{"msg":"no"}"""), times: 1);
        await bench.AddAsync(1, 10);
        await bench.Get<Delivery>().DeliverAsync(null, CustomersBench.Cancel);
        Assert.Equal("pending true 0", await bench.Database.ScalarAsync<string>(StateSql));
        await bench.Database.ExecuteAsync("update cron_service.debits set next_attempt_at = next_attempt_at - interval '1 hour'");
        await bench.Get<Delivery>().DeliverAsync(null, CustomersBench.Cancel);

        Assert.Equal(("settled true 0", -10), (await bench.Database.ScalarAsync<string>(StateSql), bench.VirtFusion.Wallet(1)));
    }

    // 402 says what is missing; the others may mean anything, and the wallet tells.
    [Theory]
    [InlineData(400, 10, "pending true 0")]
    [InlineData(402, 10, "pending true 0")]
    [InlineData(409, 10, "pending true 0")]
    [InlineData(422, 10, "pending true 0")]
    [InlineData(402, 1000, "pending true 0")]
    [InlineData(400, 1000, "held false 1")]
    [InlineData(403, 10, "held false 1")]
    [InlineData(423, 10, "held false 1")]
    public async Task What_a_refusal_means_is_told_by_its_status_and_the_wallet_and_it_is_never_in_doubt(int status, decimal tokens,
        string state)
    {
        await using var bench = await CustomersBench.StartAsync(("Wallet:MaxAttempts", "1"));
        bench.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(status, """{"msg":"insufficient credit"}"""), times: 1);
        await bench.AddAsync(1, tokens);

        Assert.Equal((state, tokens), (await bench.Database.ScalarAsync<string>(StateSql), bench.VirtFusion.Wallet(1)));
    }

    [Fact]
    public async Task A_debit_that_is_refused_though_the_wallet_holds_enough_is_a_refusal_as_before()
    {
        await using var bench = await CustomersBench.StartAsync(("Wallet:MaxAttempts", "1"));
        bench.VirtFusion.Faults.Add("POST", "selfService/credit/", Fault.Answer(422, """{"msg":"no"}"""));
        await bench.AddAsync(1, 1000);

        Assert.Equal("held false 1", await bench.Database.ScalarAsync<string>(StateSql));
    }

    private static int Sent(CustomersBench bench) => bench.VirtFusion.Requests.Received.Count(request => request.Method == "POST");
}
