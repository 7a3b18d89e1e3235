using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>Money that PayPal gave back, and the tokens that follow it.</summary>
public sealed class ReturnedAmountsTests
{
    [Fact]
    public async Task Refunds_in_parts_take_back_the_cumulative_sum_in_whole_tokens_and_carry_the_remainder()
    {
        await using var bench = await PayPalBench.StartAsync(("Billing:TokensPerCurrencyUnit", "10"));
        var topUp = await bench.PayAsync(1);
        Assert.Equal(PayPalBench.Start + 100, bench.Wallet(1));

        var expected = new Queue<(TopUpState, decimal)>([(TopUpState.PartlyRefunded, 99), (TopUpState.PartlyRefunded, 99),
            (TopUpState.PartlyRefunded, 98), (TopUpState.Refunded, 0)]);
        foreach (var part in new[] { 0.05m, 0.05m, 0.01m, 9.89m })
        {
            bench.PayPal.Books.Refund(topUp.OrderId!, part);
            await bench.SettleAsync();
            Assert.Equal(expected.Dequeue(), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1) - PayPalBench.Start));
        }
        Assert.Equal(0m, await bench.Panel.Database.ScalarAsync<decimal>(
            "select balance_amount from cron_service.balances where kind = 'payment_clearing'"));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Money_that_was_given_back_before_the_grant_is_never_granted()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (part, all) = (await bench.OpenAsync(1), await bench.OpenAsync(2));
        foreach (var topUp in new[] { part, all })
        {
            bench.PayPal.Books.Approve(topUp.OrderId!);
            await bench.Get<PayPalClient>().CaptureAsync(topUp.OrderId!, $"{topUp.Reference}-capture-1", PayPalBench.Cancel);
        }
        bench.PayPal.Books.Refund(part.OrderId!, 4);
        bench.PayPal.Books.Refund(all.OrderId!, 10);
        await bench.SettleAsync();

        Assert.Equal(PayPalBench.Start + 600, bench.Wallet(1));
        Assert.Equal(600, Assert.Single(bench.Panel.VirtFusion.Credits).Tokens);
        Assert.Equal((TopUpState.PartlyRefunded, TopUpState.Refunded),
            ((await bench.FindAsync(part.Id)).State, (await bench.FindAsync(all.Id)).State));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_wallet_that_is_used_up_goes_below_zero_by_a_claw_back()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        bench.Panel.VirtFusion.ShiftWallet(1, -1900);
        bench.PayPal.Books.Refund(topUp.OrderId!, 10);
        await bench.SettleAsync();
        Assert.Equal(-900m, bench.Wallet(1));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_dispute_takes_nothing_until_it_is_lost_and_then_once(bool isWon, bool showsReversal)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        bench.PayPal.Books.Refund(topUp.OrderId!, 4);
        await bench.SettleAsync();
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 3);
        await bench.HearAsync(topUp.Id, dispute);
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Disputed, PayPalBench.Start + 600), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));

        bench.PayPal.Books.Resolve(dispute, isWon, showsReversal);
        await bench.SettleAsync();

        Assert.Equal((isWon ? TopUpState.PartlyRefunded : TopUpState.Lost, PayPalBench.Start + (isWon ? 600 : 300)),
            ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_dispute_that_PayPal_no_longer_shows_hides_no_refund_and_keeps_what_was_lost(int status)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 3);
        bench.PayPal.Books.Resolve(dispute, isWon: false, showsReversal: false);
        await bench.HearAsync(topUp.Id, dispute);
        await bench.SettleAsync();
        Assert.Equal(PayPalBench.Start + 700, bench.Wallet(1));

        bench.PayPal.Faults.Add("GET", "v1/customer/disputes", Fault.Answer(status, """{"name":"NOT_TO_BE_SEEN"}"""));
        bench.PayPal.Books.Refund(topUp.OrderId!, 4);
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Lost, 4m, 3m, PayPalBench.Start + 300), ((await bench.FindAsync(topUp.Id)).State,
            (await bench.FindAsync(topUp.Id)).RefundedAmount, (await bench.FindAsync(topUp.Id)).LostAmount, bench.Wallet(1)));
    }

    [Fact]
    public async Task A_dispute_before_the_grant_keeps_the_tokens_back_until_it_is_won()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.CaptureAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        await bench.HearAsync(topUp.Id, dispute);
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Disputed, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        Assert.Empty(bench.Panel.VirtFusion.Credits);

        bench.PayPal.Books.Resolve(dispute, isWon: true);
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Won, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task A_reported_dispute_that_PayPal_does_not_show_holds_the_grant_for_a_person()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        await bench.HearAsync(topUp.Id, "PP-D-1");
        await bench.SettleAsync();

        var held = await bench.FindAsync(topUp.Id);
        Assert.Equal((TopUpState.Held, "PayPal reported the dispute PP-D-1, and doesn't show it"), (held.State, held.Message));
        Assert.Empty(bench.Panel.VirtFusion.Credits);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refund_by_an_operator_is_sent_until_PayPal_answers_and_given_once(bool hasActed)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        bench.PayPal.Faults.Add("POST", $"v2/payments/captures/{topUp.CaptureId}/refund", hasActed ? Fault.Reset().AfterActing()
            : Fault.Reset(), times: 2);
        Assert.True(await bench.OrderRefundAsync(topUp, 2.5m));
        Assert.False(await bench.OrderRefundAsync(topUp, 2.5m, by: "bob"));

        await bench.SettleAsync();

        Assert.Equal((7.5m, PayPalBench.Start + 750), (bench.PayPal.Books.NetAmount(topUp.OrderId!), bench.Wallet(1)));
        Assert.Equal("done", await bench.Panel.Database.ScalarAsync<string>("select state from cron_service.top_up_refunds"));
    }

    [Fact]
    public async Task A_capture_whose_order_PayPal_has_forgotten_is_looked_at_itself()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        bench.PayPal.Books.Refund(topUp.OrderId!, 10);
        bench.PayPal.Faults.Add("GET", PayPalBench.Orders, Fault.Answer(404, """{"name":"RESOURCE_NOT_FOUND"}"""));
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Refunded, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_that_was_given_back_is_taken_back_also_when_PayPal_has_forgotten_the_order(bool isByOperator)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        if (isByOperator)
            await bench.OrderRefundAsync(topUp, 4);
        else
            bench.PayPal.Books.Refund(topUp.OrderId!, 4);
        bench.PayPal.Faults.Add("GET", PayPalBench.Orders, Fault.Answer(404, """{"name":"RESOURCE_NOT_FOUND"}"""));
        await bench.SettleAsync();

        // Of a refund that was made at PayPal itself, the capture shows no amount: that is unknown, and told.
        Assert.Equal(isByOperator ? (TopUpState.PartlyRefunded, PayPalBench.Start + 600) : (TopUpState.Granted, PayPalBench.Start + 1000),
            ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.SettleAsync();
        var alert = (await bench.Get<PaymentChecks>().Check.RunAsync(new(false, []), PayPalBench.Cancel))!.Message;
        Assert.Equal(isByOperator ? "Every customer who paid has the tokens." : "1 top-ups were paid, and for an hour PayPal hasn't " +
            "shown what became of the money: the log says why, and if it was given back, see how much at PayPal.", alert);
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_payment_of_which_PayPal_does_not_show_what_is_left_is_held_before_its_grant()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.CaptureAsync(1);
        bench.PayPal.Books.Refund(topUp.OrderId!, 4);
        bench.PayPal.Faults.Add("GET", PayPalBench.Orders, Fault.Answer(404, """{"name":"RESOURCE_NOT_FOUND"}"""));
        await bench.SettleAsync();

        var held = await bench.FindAsync(topUp.Id);
        Assert.Equal((TopUpState.Held, PayPalBench.Start), (held.State, bench.Wallet(1)));
        Assert.Contains("doesn't show how much of it was given back", held.Message, StringComparison.Ordinal);
    }

    // What was returned before the order was forgotten, and whether its reversal was listed.
    [Theory]
    [InlineData("4", "3", "4", "3", "4", "3")]
    [InlineData("3", "0", "0", "3", "3", "0")]
    [InlineData("0", "0", "0", "3", "0", "3")]
    [InlineData("7", "0", "4", "3", "7", "0")]
    public void A_lost_dispute_counts_once_when_PayPal_has_forgotten_the_order(string refunded, string lost, string own, string taken,
        string expectedRefunded, string expectedLost)
    {
        var topUp = Paid() with { RefundedAmount = Number(refunded), LostAmount = Number(lost), DisputeId = "D",
            DisputeState = Number(lost) > 0 ? DisputeState.Lost : DisputeState.Open };
        Assert.Equal(new(Number(expectedRefunded), Number(expectedLost), Number(expectedLost) > 0 ? 0 : Number(taken)),
            ReturnedAmounts.Of(topUp, Order(CaptureStatus.PartiallyRefunded, null), Lost(new("USD", Number(taken))),
                [new("OWN", Number(own))]));
    }

    [Theory]
    [InlineData("USD", true)]
    [InlineData("EUR", false)]
    public void A_lost_dispute_in_another_currency_is_unreadable(string currency, bool isReadable) =>
        Assert.Equal(isReadable, ReturnedAmounts.Of(Paid(), Order(CaptureStatus.Completed, []), Lost(new(currency, 3)), []) is not null);

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static TopUp Paid() => new(1, "R", 1, 1, "USD", 10, 100, 1000, default, TopUpState.Granted, null, "O", "M", null, 1, "C",
        10, "USD", DateTime.UnixEpoch, null, 0, null, null, 0, 0, 0, 1, 0, null, false, false, null, null);

    private static PayPalOrder Order(CaptureStatus status, PayPalRefund[]? refunds) => new("O", "COMPLETED", "R", new("USD", 10), "M", null,
        [new("C", status, null, new("USD", 10), "R", "M")], refunds);

    private static PayPalDispute Lost(PayPalMoney amount) => new("D", ["C"], true, "RESOLVED_BUYER_FAVOUR", amount, null, null);
}
