using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>An open dispute that PayPal no longer has: nobody will ever learn how it ended.</summary>
public sealed class ForgottenDisputeTests
{
    [Theory]
    [InlineData(404, TopUpState.PartlyRefunded, 600)]
    [InlineData(403, TopUpState.Disputed, 1000)] // It is there, and may be shown again.
    public async Task What_is_given_back_is_taken_back_once_the_dispute_is_gone(int status, TopUpState state, int tokens)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        await DisputeAsync(bench, topUp);

        Hide(bench, status);
        bench.PayPal.Books.Refund(topUp.OrderId!, 4);
        await bench.SettleAsync();

        Assert.Equal((state, PayPalBench.Start + tokens), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Tokens_that_it_kept_back_are_granted_by_a_person()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.CaptureAsync(1);
        await DisputeAsync(bench, topUp);

        Hide(bench, 404);
        await bench.SettleAsync();

        var held = await bench.FindAsync(topUp.Id);
        Assert.Equal((TopUpState.Held, PayPalBench.Start, null), (held.State, bench.Wallet(1), Grants.FindObstacle(held)));
        Assert.Equal($"PayPal no longer shows how the dispute {held.DisputeId} ended", held.Message);
    }

    private static async Task DisputeAsync(PayPalBench bench, TopUp topUp)
    {
        await bench.HearAsync(topUp.Id, bench.PayPal.Books.Dispute(topUp.OrderId!, 10));
        await bench.SettleAsync();
        Assert.Equal(TopUpState.Disputed, (await bench.FindAsync(topUp.Id)).State);
    }

    private static void Hide(PayPalBench bench, int status) =>
        bench.PayPal.Faults.Add("GET", "v1/customer/disputes/", Fault.Answer(status, """{"name":"NOT_TO_BE_SEEN"}"""));
}
