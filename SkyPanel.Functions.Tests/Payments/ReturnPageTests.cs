using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>What a payer reads who comes back from PayPal.</summary>
public sealed class ReturnPageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_returning_payer_is_told_what_became_of_the_payment()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: Cancel);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, PayPalBench.Start);
        var app = await panel.StartAppAsync(TopUpHttpTests.Settings(payPal));
        await TopUpHttpTests.EnableAsync(app);
        var known = new HashSet<string>();

        var order = await OpenAsync();
        Assert.Contains("has not confirmed a payment yet", await ReturnAsync(order), StringComparison.Ordinal);
        foreach (var goAsync in new[] { CancelAsync, CancelAsync, ReturnAsync })
            Assert.Contains("was cancelled. Nothing was charged", await goAsync(order), StringComparison.Ordinal);

        Assert.Contains("was cancelled. Nothing was charged", await CancelAsync("UNKNOWN"), StringComparison.Ordinal);

        payPal.Books.Expire(order = await OpenAsync());
        Assert.Contains("was not made in time. Nothing was charged", await ReturnAsync(order), StringComparison.Ordinal);

        payPal.Books.Approve(order = await OpenAsync(), CaptureResult.Pending);
        Assert.Contains("is waiting for your payment", await ReturnAsync(order), StringComparison.Ordinal);
        payPal.Books.Settle(order, isDenied: true);
        Assert.Contains("did not carry out the payment", await ReturnAsync(order), StringComparison.Ordinal);

        payPal.Books.Approve(order = await OpenAsync());
        Assert.Contains("your balance was topped up", await ReturnAsync(order), StringComparison.Ordinal);
        // Paid in one tab, and cancelled in another.
        Assert.Contains("your balance was topped up", await CancelAsync(order), StringComparison.Ordinal);
        payPal.Books.Refund(order, 4);
        Assert.Contains("A part of your payment was given back", await ReturnAsync(order), StringComparison.Ordinal);
        payPal.Books.Refund(order, 6);
        Assert.Contains("Your payment was given back", await ReturnAsync(order), StringComparison.Ordinal);

        payPal.Books.Approve(order = await OpenAsync());
        await ReturnAsync(order);
        await panel.Database.ExecuteAsync("update cron_service.top_ups set dispute_id = @dispute where order_id = @order",
            ("dispute", payPal.Books.Dispute(order, 10)), ("order", order));
        Assert.Contains("is disputed", await ReturnAsync(order), StringComparison.Ordinal);

        async Task<string> OpenAsync()
        {
            Assert.Equal("ordered", $"{(await app.PostAsync("/api/top-ups", new { userId = 1, amount = "10.00" })).Body["state"]}");
            return payPal.Books.OrderIds.Single(known.Add);
        }

        Task<string> ReturnAsync(string orderId) => ReadAsync("return", orderId);

        Task<string> CancelAsync(string orderId) => ReadAsync("cancel", orderId);

        Task<string> ReadAsync(string page, string orderId) =>
            app.Http.GetStringAsync(new Uri($"/api/paypal/{page}?token={orderId}", UriKind.Relative), Cancel);
    }
}
