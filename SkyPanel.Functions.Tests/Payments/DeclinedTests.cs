using System.Text;
using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>Payments that were declined: nothing is taken before their payers approve them again.</summary>
public sealed class DeclinedTests
{
    [Fact]
    public async Task A_declined_payment_is_captured_only_after_its_payer_approves_it_again()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (byReturn, byWebhook) = (await DeclinedAsync(bench, 1), await DeclinedAsync(bench, 2));
        foreach (var before in bench.PayPal.Webhooks.Events)
            await HearAsync(bench, before.Body);
        await bench.SettleAsync();
        foreach (var topUp in new[] { byReturn, byWebhook })
            Assert.Equal((TopUpState.Declined, 0), ((await bench.FindAsync(topUp.Id)).State, bench.PayPal.Books.Captures(topUp.OrderId!)));

        await bench.ReturnAsync(byReturn);
        // PayPal names full seconds.
        await bench.Panel.Database.ExecuteAsync("update cron_service.top_ups set declined_at = declined_at - interval '1 second'");
        bench.PayPal.Books.Approve(byWebhook.OrderId!);
        await HearAsync(bench, bench.PayPal.Webhooks.Events[^1].Body);
        await bench.AdvanceAsync(byWebhook.Id);

        Assert.Equal((TopUpState.Granted, TopUpState.Granted),
            ((await bench.FindAsync(byReturn.Id)).State, (await bench.FindAsync(byWebhook.Id)).State));
    }

    [Fact]
    public async Task A_declined_payment_that_is_not_approved_again_expires()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await DeclinedAsync(bench, 1);
        await bench.AgeAsync("25 hours");
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Expired, 0), ((await bench.FindAsync(topUp.Id)).State, bench.PayPal.Books.Captures(topUp.OrderId!)));
    }

    [Fact]
    public async Task Cancelled_top_ups_that_are_approved_after_all_take_no_more_than_the_daily_maximum()
    {
        await using var bench = await PayPalBench.StartAsync(("PayPal:MaximumAmount", "10"), ("PayPal:DailyMaximumAmount", "20"));
        var topUps = new List<TopUp>();
        for (var i = 0; i < 4; i++)
        {
            topUps.Add(await bench.OpenAsync(1));
            await bench.Get<TopUpQueries>().CancelAsync(topUps[i].OrderId!, PayPalBench.Cancel);
        }
        foreach (var topUp in topUps)
            bench.PayPal.Books.Approve(topUp.OrderId!);
        await Task.WhenAll(topUps.Select(bench.ReturnAsync));
        await bench.SettleAsync();
        foreach (var topUp in topUps)
            await bench.ReturnAsync(topUp);

        Assert.Equal(PayPalBench.Start + 2000, bench.Wallet(1));
        Assert.Equal(2, topUps.Sum(topUp => bench.PayPal.Books.Captures(topUp.OrderId!)));
        Assert.Equal("the account pays 20.00 USD a day at most: nothing was taken", await bench.Panel.Database.ScalarAsync<string>(
            "select distinct message from cron_service.top_ups where state = 'declined'"));
    }

    // PayPal refuses, and shows the order as approved all the same.
    private static async Task<TopUp> DeclinedAsync(PayPalBench bench, int userId)
    {
        var topUp = await bench.OpenAsync(userId);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.PayPal.Faults.Add("POST", $"{PayPalBench.Orders}/{topUp.OrderId}/capture", Fault.Answer(422,
            """{"name":"UNPROCESSABLE_ENTITY","details":[{"issue":"TRANSACTION_REFUSED"}]}"""), times: 1);
        await bench.ReturnAsync(topUp);
        Assert.Equal((TopUpState.Declined, "APPROVED"),
            ((await bench.FindAsync(topUp.Id)).State, bench.PayPal.Books.Status(topUp.OrderId!)));
        return topUp;
    }

    private static Task<(bool IsNew, long? TopUpId)?> HearAsync(PayPalBench bench, string body) =>
        bench.Get<PayPalEvents>().StoreAsync(Encoding.UTF8.GetBytes(body), TimeProvider.System.GetUtcNow(), PayPalBench.Cancel);
}
