using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>A debit in doubt whose wallet can't be read waits for a person in the end, and not for ever.</summary>
public sealed class UnreadWalletTests
{
    [Theory]
    [InlineData(404, """{"msg":"user not found"}""", 0, "404 user not found")]
    [InlineData(404, "", 24, "status 404")] // Perhaps a proxy's.
    [InlineData(403, """{"msg":"forbidden"}""", 24, "403 forbidden")]
    [InlineData(200, """{"data":{"credit":{}}}""", 24, "the answer has no readable `credit.tokens`")]
    [InlineData(500, "", 24, "status 500")]
    public async Task A_debit_in_doubt_whose_wallet_can_not_be_read_is_held_so_that_a_person_decides(
        int status, string body, int hours, string problem)
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.DoubtAsync(11, moved: false);
        bench.Faults.Add("GET", WalletBench.Balance, Fault.Answer(status, body).With("Retry-After", "0"));
        await ObserveAsync(bench, isComplete: true);
        if (hours > 0)
        {
            await bench.ResolveAsync();
            Assert.Equal(DebitState.InDoubt, (await bench.DebitAsync(id)).State);
            await PassAsync(bench, hours);
        }

        await bench.ResolveAsync();

        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Held, $"the balance can't be read: {problem}", null),
            (debit.State, debit.Message, debit.LastReadingTokens));
        bench.Faults.Clear();
        Assert.Equal((true, DebitState.Pending), await bench.DecideAsync(id, DebitAction.Resend, "ann", "no such credit"));
        await bench.DeliverAsync();
        Assert.Equal((DebitState.Settled, 990m), ((await bench.DebitAsync(id)).State, bench.VirtFusion.Wallet(11)));
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_debit_stays_in_doubt_while_all_of_VirtFusion_is_out_of_order_or_its_wallet_was_read_within_the_day(bool isDown)
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.DoubtAsync(11, moved: false);
        await PassAsync(bench, 48);
        await ObserveAsync(bench, isComplete: !isDown);
        if (!isDown)
            await bench.ResolveAsync();
        bench.Faults.Add("GET", WalletBench.Balance, WalletBench.Down);

        await bench.ResolveAsync();

        Assert.Equal((DebitState.InDoubt, isDown ? null : 1000m), ((await bench.DebitAsync(id)).State,
            (await bench.DebitAsync(id)).LastReadingTokens));
    }

    private static Task<int> PassAsync(WalletBench bench, int hours) => bench.Database.ExecuteAsync(
        "update cron_service.debits set deadline = deadline - @hours * interval '1 hour' where state = 'in_doubt'", ("hours", hours));

    /// <summary>A reading of VirtFusion's servers, just now.</summary>
    private static Task<int> ObserveAsync(WalletBench bench, bool isComplete) => bench.Database.ExecuteAsync(
        "insert into cron_service.observations (observed_at, servers_listed, is_complete) values (now(), 1, @is_complete)",
        ("is_complete", isComplete));
}
