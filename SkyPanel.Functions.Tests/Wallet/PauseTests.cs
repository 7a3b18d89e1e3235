using SkyPanel.Functions.Wallet;
using Microsoft.Extensions.Time.Testing;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>VirtFusion says no to us, not to a debit: everybody waits, and no debit is blamed.</summary>
public sealed class PauseTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    [Theory]
    [InlineData("POST", WalletBench.Credit)]
    [InlineData("GET", WalletBench.Balance)]
    public async Task A_refused_token_stops_the_batch_and_blames_no_debit(string method, string path)
    {
        await using var bench = await WalletBench.StartAsync(("VirtFusion:MaxConcurrency", "1"));
        for (var user = 11; user <= 20; user++)
            await bench.OweAsync(user);
        bench.Faults.Add(method, path, Fault.Answer(401, "401 Unauthorized"));

        var result = await bench.DeliverAsync();

        Assert.Contains("401", result.StopReason, StringComparison.Ordinal);
        // Two senders: at most both had an order out when the first no came.
        Assert.InRange(bench.VirtFusion.Requests.Count(method, path), 1, 2);
        Assert.Equal(10L, await bench.Database.ScalarAsync<long>(
            "select count(*) from cron_service.debits where state = 'pending' and attempts = 0"));

        bench.Faults.Clear();
        Assert.Equal(100L, (await bench.DeliverAsync()).Tokens);
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Too_many_orders_are_paused_for_as_long_as_VirtFusion_asks()
    {
        var time = new FakeTimeProvider(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        bench.Faults.Add("POST", WalletBench.Credit, Fault.TooManyRequests("10"), times: 1);

        var delivering = bench.DeliverAsync(time);
        while ((await bench.DebitAsync(id)).Message is not ("429 when sending" or "429 for another debit"))
            Assert.False(delivering.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(delivering.IsCompleted);
        Assert.Equal(1, bench.SentTo(11));
        time.Advance(TimeSpan.FromSeconds(1));
        // A sender that looked at the clock between the two steps waits from the second on: time goes on for it.
        while (await Task.WhenAny(delivering, Task.Delay(Step, TimeProvider.System, TestContext.Current.CancellationToken)) != delivering)
            time.Advance(Step);

        Assert.Equal(10L, (await delivering).Tokens);
        Assert.Equal((DebitState.Settled, 0, 2), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Attempts,
            bench.SentTo(11)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_balance_that_is_paused_is_read_later_in_the_same_pass()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        // A read is tried three times by itself.
        bench.Faults.Add("GET", WalletBench.Balance, Fault.TooManyRequests("0"), times: 4);

        Assert.Equal(10L, (await bench.DeliverAsync()).Tokens);
        Assert.Equal(0, (await bench.DebitAsync(id)).Attempts);
    }

    // All senders hear of the same pause: that is one pause, not one each.
    [Fact]
    public async Task A_pause_that_many_hear_of_is_one_pause()
    {
        await using var bench = await WalletBench.StartAsync();
        for (var user = 11; user <= 30; user++)
            await bench.OweAsync(user);
        bench.Faults.Add("POST", WalletBench.Credit, Fault.TooManyRequests("1"), times: 40);

        var result = await bench.DeliverAsync();

        Assert.Equal((200L, null), (result.Tokens, result.StopReason));
        Assert.Equal(0L, await bench.Database.ScalarAsync<long>("select count(*) from cron_service.debits where attempts > 0"));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_pause_beyond_half_a_minute_ends_the_pass_and_a_later_one_goes_on()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        bench.Faults.Add("POST", WalletBench.Credit, Fault.TooManyRequests("31"), times: 1);

        Assert.Contains("429", (await bench.DeliverAsync()).StopReason, StringComparison.Ordinal);
        Assert.Equal((DebitState.Pending, 0), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Attempts));

        Assert.Equal(10L, (await bench.DeliverAsync()).Tokens);
    }
}
