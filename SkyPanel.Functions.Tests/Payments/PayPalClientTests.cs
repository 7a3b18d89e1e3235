using SkyPanel.Functions.Payments;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;

namespace SkyPanel.Functions.Tests.Payments;

public sealed class PayPalClientTests
{
    private const string Capture = "capture-1";

    [Fact]
    public async Task An_order_says_what_is_paid_to_whom_and_where_it_is_approved()
    {
        await using var bench = await PayPalBench.StartAsync();

        var order = await bench.OrderAsync();

        Assert.Equal(("PAYER_ACTION_REQUIRED", "reference-1", new PayPalMoney("USD", 10), PayPalSimulator.MerchantId),
            (order.Status, order.CustomId, order.Amount, order.PayeeId));
        Assert.Equal($"{bench.PayPal.Address}/checkoutnow?token={order.Id}", order.ApproveUrl);
    }

    [Fact]
    public async Task The_same_request_id_makes_one_order_and_one_capture()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (first, second) = (await bench.OrderAsync(), await bench.OrderAsync());
        Assert.Equal(first.Id, second.Id);
        bench.PayPal.Books.Approve(first.Id);

        var captures = new[] { await CaptureAsync(bench, first.Id), await CaptureAsync(bench, first.Id) };

        Assert.All(captures, capture => Assert.Equal(CaptureStatus.Completed, Done(capture).Capture?.Status));
        Assert.Equal(1, bench.PayPal.Books.Captures(first.Id));
    }

    public static TheoryData<string, int> Doubts => new() { { "429", 429 }, { "500", 500 }, { "503", 503 }, { "409", 409 }, { "reset", 0 },
        { "html", 200 }, { "cut", 201 } };

    [Theory]
    [MemberData(nameof(Doubts))]
    public async Task A_capture_without_a_clear_answer_is_in_doubt_whether_or_not_it_was_made(string kind, int status)
    {
        await using var bench = await PayPalBench.StartAsync();
        foreach (var hasActed in new[] { false, true })
        {
            var order = await bench.OrderAsync($"reference-{hasActed}");
            bench.PayPal.Books.Approve(order.Id);
            var fault = kind switch
            {
                "reset" => Fault.Reset(), "html" => Fault.Answer(status, "<html>"), "cut" =>
                    Fault.CutShort(status, "{\"id\":\"1\"}"), "429" => Fault.TooManyRequests("7"),
                _ => Fault.Answer(status, """{"name":"INTERNAL_SERVER_ERROR","message":"An internal server error has occurred."}"""),
            };
            bench.PayPal.Faults.Add("POST", $"{PayPalBench.Orders}/{order.Id}/capture", hasActed ? fault.AfterActing() : fault, times: 1);

            var doubt = Assert.IsType<PayPalOutcome<PayPalOrder>.InDoubt>(await CaptureAsync(bench, order.Id));

            Assert.Equal(kind == "429" ? TimeSpan.FromSeconds(7) : null, doubt.RetryAfter);
            Assert.Equal(hasActed ? 1 : 0, bench.PayPal.Books.Captures(order.Id));
            Assert.Equal(CaptureStatus.Completed, Done(await CaptureAsync(bench, order.Id)).Capture?.Status);
            Assert.Equal(1, bench.PayPal.Books.Captures(order.Id));
        }
    }

    [Fact]
    public async Task What_the_payers_bank_declines_is_a_refusal_with_its_issue()
    {
        await using var bench = await PayPalBench.StartAsync();
        var order = await bench.OrderAsync();
        bench.PayPal.Books.Approve(order.Id, CaptureResult.Declined);

        var refused = Assert.IsType<PayPalOutcome<PayPalOrder>.Refused>(await CaptureAsync(bench, order.Id));

        Assert.Equal((422, "INSTRUMENT_DECLINED"), (refused.Status, refused.Issue));
    }

    [Fact]
    public async Task A_404_is_a_refusal_when_PayPal_says_it_and_a_doubt_when_a_proxy_does()
    {
        await using var bench = await PayPalBench.StartAsync();
        Assert.True(Assert.IsType<PayPalOutcome<PayPalOrder>.Refused>(await bench.Get<PayPalClient>()
            .FindOrderAsync("NOSUCHORDER", PayPalBench.Cancel)).IsNotFound);
        bench.PayPal.Faults.Add("GET", PayPalBench.Orders, Fault.Answer(404, "<html>no such host</html>"));

        // A page that isn't PayPal's is not quoted.
        Assert.Equal("status 404 without JSON", Assert.IsType<PayPalOutcome<PayPalOrder>.InDoubt>(await bench.Get<PayPalClient>()
            .FindOrderAsync("NOSUCHORDER", PayPalBench.Cancel)).Reason);
    }

    [Fact]
    public async Task One_token_serves_many_calls_and_a_refused_one_is_renewed_once()
    {
        await using var bench = await PayPalBench.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => bench.OrderAsync($"reference-{i}")));
        Assert.Equal(1, bench.PayPal.Requests.Count("POST", "v1/oauth2/token"));

        bench.PayPal.RevokeTokens();
        await bench.OrderAsync("after the token was revoked");
        Assert.Equal(2, bench.PayPal.Requests.Count("POST", "v1/oauth2/token"));

        bench.PayPal.Faults.Add("POST", PayPalBench.Orders, Fault.Answer(401));
        Assert.IsType<PayPalOutcome<PayPalOrder>.InDoubt>(await bench.Get<PayPalClient>()
            .CreateOrderAsync(PayPalBench.NewOrder("refused"), PayPalBench.Cancel));
        Assert.Equal(3, bench.PayPal.Requests.Count("POST", "v1/oauth2/token"));
    }

    [Fact]
    public async Task A_read_is_tried_again_and_a_capture_is_not()
    {
        await using var bench = await PayPalBench.StartAsync();
        var order = await bench.OrderAsync();
        bench.PayPal.Books.Approve(order.Id);
        bench.PayPal.Faults.Add("*", $"{PayPalBench.Orders}/{order.Id}", Fault.Answer(503), times: 1);
        Assert.Equal("APPROVED", Done(await bench.Get<PayPalClient>().FindOrderAsync(order.Id, PayPalBench.Cancel)).Status);

        bench.PayPal.Faults.Add("POST", $"{PayPalBench.Orders}/{order.Id}", Fault.Answer(503), times: 1);
        Assert.IsType<PayPalOutcome<PayPalOrder>.InDoubt>(await CaptureAsync(bench, order.Id));
        Assert.Equal(1, bench.PayPal.Requests.Count("POST", $"{PayPalBench.Orders}/{order.Id}"));
    }

    [Fact]
    public async Task Refunds_in_parts_are_listed_with_their_order_and_never_exceed_it()
    {
        await using var bench = await PayPalBench.StartAsync();
        var order = await bench.OrderAsync();
        bench.PayPal.Books.Approve(order.Id);
        var capture = Done(await CaptureAsync(bench, order.Id)).Capture!;
        var client = bench.Get<PayPalClient>();

        foreach (var requestId in new[] { "refund-1", "refund-1", "refund-2" })
            Assert.IsType<PayPalOutcome<string>.Done>(await client.RefundAsync(capture.Id, requestId, new("USD", 4), PayPalBench.Cancel));
        Assert.IsType<PayPalOutcome<string>.Refused>(await client.RefundAsync(capture.Id, "refund-3", new("USD", 4), PayPalBench.Cancel));

        var shown = Done(await client.FindOrderAsync(order.Id, PayPalBench.Cancel));
        Assert.Equal([4m, 4m], shown.Refunds!.Select(refund => refund.Amount.Value));
        Assert.Equal(CaptureStatus.PartiallyRefunded, shown.Capture?.Status);
    }

    [Theory]
    [InlineData("USD", "10.00", true)]
    [InlineData("USD", "10.005", false)]
    [InlineData("JPY", "1000", true)]
    [InlineData("JPY", "10.5", false)]
    public void An_amount_is_exact_when_it_has_no_more_decimals_than_its_currency(string currency, string value, bool isExact)
    {
        var money = new PayPalMoney(currency, decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(isExact, money.IsExact);
        if (isExact)
            Assert.Equal(value, money.Text);
    }

    private static Task<PayPalOutcome<PayPalOrder>> CaptureAsync(PayPalBench bench, string orderId) =>
        bench.Get<PayPalClient>().CaptureAsync(orderId, Capture, PayPalBench.Cancel);

    private static PayPalOrder Done(PayPalOutcome<PayPalOrder> outcome) => Assert.IsType<PayPalOutcome<PayPalOrder>.Done>(outcome).Value;
}
