using System.Text;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>Two disputes of one payment: an open one is not hidden by the other.</summary>
public sealed class TwoDisputesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_open_dispute_that_was_passed_over_is_followed_when_the_other_is_closed(bool isWon)
    {
        await using var bench = await PayPalBench.StartAsync();
        var (topUp, first, second) = await DisputeTwiceAsync(bench);
        Assert.Null(await SweepAsync(bench));
        Assert.Equal(first, (await bench.FindAsync(topUp.Id)).DisputeId);
        bench.PayPal.Books.Resolve(first, isWon);
        await bench.SettleAsync();

        await AssertFollowedAsync(bench, topUp, second);
        bench.PayPal.Books.Resolve(second, isWon: false, showsReversal: false);
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Lost, PayPalBench.Start + (isWon ? 700 : 300)),
            ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task An_open_dispute_is_followed_again_after_a_late_event_of_one_that_is_closed()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (topUp, first, second) = await DisputeTwiceAsync(bench);
        bench.PayPal.Books.Resolve(first, isWon: true);
        foreach (var disputeId in new[] { second, first })
        {
            await bench.Get<PayPalEvents>().StoreAsync(Encoding.UTF8.GetBytes(
                bench.PayPal.Webhooks.Events.Last(one => one.Body.Contains(disputeId, StringComparison.Ordinal)).Body),
                TimeProvider.System.GetUtcNow(), PayPalBench.Cancel);
            await bench.SettleAsync();
        }

        await AssertFollowedAsync(bench, topUp, second);
    }

    [Fact]
    public async Task A_sweep_that_lists_an_open_dispute_and_then_a_closed_one_follows_the_open_one()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (topUp, first, second) = await DisputeTwiceAsync(bench);
        bench.PayPal.Books.Resolve(first, isWon: true);
        await bench.SettleAsync();

        Assert.Null(await SweepAsync(bench));
        await bench.SettleAsync();

        await AssertFollowedAsync(bench, topUp, second);
    }

    [Fact]
    public async Task A_dispute_that_is_reported_during_a_step_about_another_is_followed_by_the_next()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        var first = bench.PayPal.Books.Dispute(topUp.OrderId!, 4);
        await bench.HearAsync(topUp.Id, first);
        bench.PayPal.Books.Resolve(first, isWon: true);
        var gate = new RequestGate();
        bench.PayPal.Faults.Add("GET", $"{PayPalBench.Orders}/{topUp.OrderId}", Fault.Hold(gate), times: 1);
        var step = bench.AdvanceAsync(topUp.Id);
        await gate.WaitForArrivalsAsync(1, PayPalBench.Cancel);
        var second = bench.PayPal.Books.Dispute(topUp.OrderId!, 3);
        await bench.HearAsync(topUp.Id, second);
        await bench.Get<TopUpClaims>().WakeAsync(topUp.Id, PayPalBench.Cancel);
        gate.Open();
        await step;

        await AssertFollowedAsync(bench, topUp, second);
    }

    // The first one is known and open, the second one is open.
    private static async Task<(TopUp TopUp, string First, string Second)> DisputeTwiceAsync(PayPalBench bench)
    {
        var topUp = await bench.PayAsync(1);
        var first = bench.PayPal.Books.Dispute(topUp.OrderId!, 4);
        await bench.HearAsync(topUp.Id, first);
        await bench.SettleAsync();
        return (topUp, first, bench.PayPal.Books.Dispute(topUp.OrderId!, 3));
    }

    private static async Task AssertFollowedAsync(PayPalBench bench, TopUp topUp, string disputeId)
    {
        var after = await bench.FindAsync(topUp.Id);
        Assert.Equal((TopUpState.Disputed, disputeId), (after.State, after.DisputeId));
    }

    // An hour has passed since the last one.
    private static async Task<string?> SweepAsync(PayPalBench bench)
    {
        await bench.Panel.Database.ExecuteAsync("update cron_service.dispute_sweep set swept_at = '-infinity'");
        return await bench.Get<DisputeSweep>().SweepAsync(PayPalBench.Cancel);
    }
}
