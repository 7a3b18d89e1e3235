using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>VirtFusion says no: nothing was taken, it is tried again later, and in the end a person looks.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(400, "")]
    [InlineData(403, "")]
    [InlineData(404, """{"msg":"user not found"}""")]
    [InlineData(404, "<html>")]
    [InlineData(409, "")]
    [InlineData(422, """{"errors":["too much"]}""")]
    [InlineData(423, """{"msg":"locked"}""")]
    public async Task A_refused_order_backs_off_and_counts(int status, string body)
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Answer(status, body), times: 1);

        var result = await bench.DeliverAsync();

        var failure = Assert.Single(result.Failures);
        Assert.Equal((id, 11, 0L, null), (failure.DebitId, failure.UserId, result.Tokens, result.StopReason));
        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Pending, 1), (debit.State, debit.Attempts));
        Assert.StartsWith($"{status}", debit.Message, StringComparison.Ordinal);
        Assert.Equal(1, bench.SentTo(11));

        await bench.DeliverAsync();
        Assert.Equal(DebitState.Settled, (await bench.DebitAsync(id)).State);
        Assert.Equal(990m, bench.VirtFusion.Wallet(11));
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData(403)]
    [InlineData(422)]
    public async Task A_balance_that_VirtFusion_refuses_to_tell_counts_and_nothing_is_sent(int status)
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        bench.Faults.Add("GET", WalletBench.Balance, Fault.Answer(status));

        await bench.DeliverAsync();

        Assert.Equal((DebitState.Pending, 1), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Attempts));
        Assert.Equal(0, bench.SentTo(11));
    }

    [Fact]
    public async Task Between_runs_a_refused_debit_waits_longer_each_time()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Answer(422));
        var waits = new List<double>();

        for (var attempt = 1; attempt <= 4; attempt++)
        {
            await bench.DeliverAsync();
            waits.Add(await bench.Database.ScalarAsync<double>(
                "select extract(epoch from next_attempt_at - last_attempt_at)::float8 from cron_service.debits where id = @id",
                ("id", id)));
        }

        Assert.Equal([60, 120, 240, 480], waits.Select(wait => (int)wait));
        var sent = bench.SentTo(11);
        await bench.Get<Delivery>().DeliverAsync(null, TestContext.Current.CancellationToken);
        Assert.Equal(sent, bench.SentTo(11));
    }

    [Fact]
    public async Task After_the_last_attempt_a_person_is_asked()
    {
        await using var bench = await WalletBench.StartAsync(("Wallet:MaxAttempts", "3"));
        var id = await bench.OweAsync(11);
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Answer(422, """{"errors":["too much"]}"""));

        for (var attempt = 1; attempt <= 5; attempt++)
            await bench.DeliverAsync();

        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Held, 3, 3, "422 too much"), (debit.State, debit.Attempts, bench.SentTo(11), debit.Message));
        Assert.Equal(WalletBench.Start, bench.VirtFusion.Wallet(11));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task An_order_that_found_no_one_is_a_refusal()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        var gate = new RequestGate();
        bench.Faults.Add("GET", WalletBench.Balance, Fault.Hold(gate).AfterActing(), times: 1);

        // VirtFusion goes away between the reading and the order.
        var delivering = bench.DeliverAsync();
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        await using (await bench.LockDebitAsync(id))
        {
            gate.Open();
            await bench.Database.BlockedAsync(1);
            bench.Get<VirtFusionConnection>().Use("http://127.0.0.1:1/api/v1", "simulator");
        }
        await delivering;

        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Pending, 1), (debit.State, debit.Attempts));
        Assert.Contains("ConnectionError", debit.Message, StringComparison.Ordinal);
        Assert.Empty(bench.VirtFusion.Credits);
    }

    [Fact]
    public async Task An_outage_counts_no_attempts_and_holds_nothing()
    {
        await using var bench = await WalletBench.StartAsync(("Wallet:MaxAttempts", "1"));
        var id = await bench.OweAsync(11);
        bench.Faults.Add("*", "", WalletBench.Down);

        for (var run = 0; run < 3; run++)
            await bench.DeliverAsync();

        Assert.Equal((DebitState.Pending, 0, 0), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Attempts,
            bench.SentTo(11)));
        bench.Faults.Clear();
        await bench.DeliverAsync();
        Assert.Equal(990m, bench.VirtFusion.Wallet(11));
    }

    [Fact]
    public async Task A_customer_without_a_wallet_holds_up_nobody_else()
    {
        await using var bench = await WalletBench.StartAsync(("Wallet:MaxAttempts", "1"));
        var without = await bench.OweAsync(11);
        bench.Faults.Add("*", $"{WalletBench.Balance}11", Fault.Answer(404, """{"msg":"user not found"}"""));
        var with = await bench.OweAsync(12);

        await bench.DeliverAsync();

        Assert.Equal((DebitState.Held, "404 user not found when reading the balance"),
            ((await bench.DebitAsync(without)).State, (await bench.DebitAsync(without)).Message));
        Assert.Equal(DebitState.Settled, (await bench.DebitAsync(with)).State);
        Assert.Equal(0.10m, await bench.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11"));
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"data":{"credit":{"tokens":"1.000,00"}}}""")]
    [InlineData("""{"data":{"credit":{"tokens":null}}}""")]
    [InlineData("<html>")]
    public async Task Without_a_reading_nothing_is_sent(string garbage)
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        bench.Faults.Add("GET", WalletBench.Balance, Fault.Answer(200, garbage), times: 1);

        await bench.DeliverAsync();

        Assert.Equal((DebitState.Pending, 0, 0), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Attempts,
            bench.SentTo(11)));
    }
}
