using System.Net;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>Refunds that an operator ordered and PayPal refuses.</summary>
public sealed class RefusedRefundTests
{
    private static readonly Fault Refusal = Fault.Answer(422,
        """{"name":"UNPROCESSABLE_ENTITY","message":"no money","details":[{"issue":"INSUFFICIENT_FUNDS"}]}""");

    [Fact]
    public async Task A_refund_that_PayPal_refuses_is_answered_with_its_reason_also_to_a_repeat()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, PayPalBench.Start);
        var app = await panel.StartAppAsync(TopUpHttpTests.Settings(payPal));
        await TopUpHttpTests.EnableAsync(app);
        await app.PostAsync("/api/top-ups", new { userId = 1, amount = "10.00" });
        payPal.Books.Approve(payPal.Books.OrderIds[0]);
        var paid = (await app.PostAsync("/api/top-ups/1/return")).Body;
        payPal.Faults.Add("POST", $"v2/payments/captures/{paid["captureId"]}/refund", Refusal, times: 1);
        const string refund = "/api/admin/payments/top-ups/1/refund";
        var body = new { reason = "asked for it", amount = "4.00" };

        var (status, refused) = await app.SendAsync(HttpMethod.Post, refund, body, "refund-1");
        Assert.Equal((HttpStatusCode.OK, "refused"), (status, $"{refused["refundState"]}"));
        Assert.Contains("INSUFFICIENT_FUNDS", $"{refused["refundMessage"]}", StringComparison.Ordinal);
        Assert.Equal(refused.ToJsonString(), (await app.SendAsync(HttpMethod.Post, refund, body, "refund-1")).Body.ToJsonString());
        Assert.Equal(10m, payPal.Books.NetAmount(payPal.Books.OrderIds[0]));

        var done = (await app.SendAsync(HttpMethod.Post, refund, body, "refund-2")).Body;
        Assert.Equal(("done", "", "partly_refunded", 6m), ($"{done["refundState"]}", $"{done["refundMessage"]}", $"{done["state"]}",
            payPal.Books.NetAmount(payPal.Books.OrderIds[0])));
    }

    [Fact]
    public async Task The_check_names_a_refused_refund_for_a_week_until_one_is_made()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (repeated, left, old) = (await bench.PayAsync(1), await bench.PayAsync(2), await bench.PayAsync(3));
        bench.PayPal.Faults.Add("POST", "v2/payments/captures/", Refusal, times: 3);
        foreach (var topUp in new[] { repeated, left, old })
            await RefundAsync(bench, topUp);
        await bench.Panel.Database.ExecuteAsync(
            "update cron_service.top_up_refunds set closed_at = closed_at - interval '8 days' where top_up_id = @id", ("id", old.Id));
        var found = (await bench.Get<PaymentChecks>().Check.RunAsync(new(false, []), PayPalBench.Cancel))!;
        Assert.True(found.IsFailing);
        Assert.Contains("4.00 USD of top-up 1 to customer 1 (", found.Message, StringComparison.Ordinal);
        Assert.Contains("4.00 USD of top-up 2 to customer 2 (", found.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("top-up 3", found.Message, StringComparison.Ordinal);

        await RefundAsync(bench, repeated);
        bench.PayPal.Books.Refund(left.OrderId!, 10);
        await bench.SettleAsync();

        Assert.False((await bench.Get<PaymentChecks>().Check.RunAsync(new(false, []), PayPalBench.Cancel))!.IsFailing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refund_that_PayPal_did_not_answer_is_not_sent_again_once_the_money_went_back_with_a_lost_dispute(bool isSeenOpen)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        bench.PayPal.Faults.Add("POST", "v2/payments/captures/", Fault.Answer(503), times: 1);
        await RefundAsync(bench, topUp, 10);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        await bench.HearAsync(topUp.Id, dispute);
        if (isSeenOpen)
            await bench.SettleAsync();
        bench.PayPal.Books.Resolve(dispute, isWon: false, showsReversal: false);

        await bench.SettleAsync();

        var lost = await bench.FindAsync(topUp.Id);
        Assert.Equal((TopUpState.Lost, RefundState.Refused, PayPalBench.Start), (lost.State, lost.RefundState, bench.Wallet(1)));
        Assert.Equal(1, bench.PayPal.Requests.Count("POST", "v2/payments/captures/"));
        await bench.AssertLawsAsync();
    }

    private static async Task RefundAsync(PayPalBench bench, TopUp topUp, decimal amount = 4)
    {
        await bench.OrderRefundAsync(topUp, amount);
        await bench.AdvanceAsync(topUp.Id);
    }
}
