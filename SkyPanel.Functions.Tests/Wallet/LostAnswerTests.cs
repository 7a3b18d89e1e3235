using SkyPanel.Functions.Wallet;
using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.Tests.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>Whatever isn't a clear yes or no is a doubt, whether or not the wallet moved.</summary>
public sealed class LostAnswerTests
{
    private static readonly Dictionary<string, Fault> Losses = new()
    {
        ["reset"] = Fault.Reset(),
        ["408"] = Fault.Answer(408),
        ["500"] = Fault.Answer(500),
        ["502"] = Fault.Answer(502, "<html>"),
        ["503"] = Fault.Answer(503),
        ["empty 201"] = Fault.Answer(201),
        ["garbled 201"] = Fault.Answer(201, "<html>"),
        ["201 without id"] = Fault.Answer(201, """{"data":{}}"""),
        ["200"] = Fault.Answer(200, """{"data":{"id":1}}"""),
        ["half a 201"] = Fault.CutShort(201, """{"data":{"id":1}}"""),
        ["redirect"] = Fault.Answer(302).With("Location", "/elsewhere"),
    };

    public static TheoryData<string> Names => [.. Losses.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Any_other_answer_is_a_doubt_and_not_sent_again(string loss)
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var (unmoved, moved) = (await bench.OweAsync(11), await bench.OweAsync(12));
        bench.Faults.Add("POST", $"{WalletBench.Credit}11", Losses[loss], times: 1);
        bench.Faults.Add("POST", $"{WalletBench.Credit}12", Losses[loss].AfterActing(), times: 1);

        var result = await bench.DeliverAsync();

        Assert.Equal((0L, 2), (result.Tokens, result.Failures.Count));
        foreach (var id in new[] { unmoved, moved })
        {
            var debit = await bench.DebitAsync(id);
            Assert.Equal((DebitState.InDoubt, 0, 1000m), (debit.State, debit.Attempts, debit.BalanceBeforeTokens));
        }
        await bench.DeliverAsync();
        Assert.Equal((1, 1), (bench.SentTo(11), bench.SentTo(12)));

        await bench.PassHourAsync();
        for (var pass = 0; pass < 2; pass++)
            await bench.ResolveAsync();
        await bench.DeliverAsync();
        Assert.Equal((990m, 990m), (bench.VirtFusion.Wallet(11), bench.VirtFusion.Wallet(12)));
        Assert.Equal((2, 1), (bench.SentTo(11), bench.SentTo(12)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task No_answer_within_the_time_limit_is_a_doubt()
    {
        var time = new FakeTimeProvider(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await using var slow = await VirtFusionBench.StartAsync(time);
        slow.Simulator.AddUser(11, 111, WalletBench.Start);
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        var gate = new RequestGate();
        slow.Simulator.Faults.Add("POST", WalletBench.Credit, Fault.Hold(gate).AfterActing());

        var delivering = bench.DeliverAsync(time, slow.Client);
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(31));

        Assert.Contains("no answer within 30 s", Assert.Single((await delivering).Failures).Message, StringComparison.Ordinal);
        Assert.Equal((DebitState.InDoubt, 0), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Attempts));
        Assert.Equal(990m, slow.Simulator.Wallet(11));
    }
}
