using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Tests.Payments;
using SkyPanel.Functions.Tests.Billing;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>Payments given back whose tokens are spent, at a VirtFusion that lets no wallet go below zero.</summary>
public sealed class ClawBackTests
{
    [Fact]
    public async Task Who_takes_a_payment_back_and_has_spent_its_tokens_is_suspended_until_the_wallet_holds_them()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: CustomersBench.Cancel);
        await using var bench = await TakenBackAsync(payPal);
        await bench.SwitchOnAsync();
        var standing = await bench.BeatAsync(1);
        Assert.Equal((40m, -4.60m, Standing.Due), (standing.BalanceTokens, standing.Available, standing.State));
        await bench.SuspendAsync();
        Assert.True(bench.IsSuspended(1001));

        bench.VirtFusion.ShiftWallet(1, 100);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        Assert.Equal(("suspended", 0), (await bench.StateAsync(1001), bench.Posts("unsuspend")));

        bench.VirtFusion.ShiftWallet(1, 360);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();
        Assert.Equal(("resumed", false), (await bench.StateAsync(1001), bench.IsSuspended(1001)));
    }

    [Fact]
    public async Task Tokens_that_can_not_be_taken_back_are_named_with_their_payment_and_customer()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: CustomersBench.Cancel);
        await using var bench = await TakenBackAsync(payPal);
        var result = (await bench.Get<PaymentChecks>().Check.RunAsync(new(true, []), CustomersBench.Cancel))!;

        Assert.True(result.IsFailing);
        Assert.Contains("500 tokens of top-up 1 from customer 1", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("in_doubt")]
    [InlineData("held")]
    public async Task Nobody_is_suspended_while_nobody_knows_whether_tokens_were_taken_back(string state)
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: CustomersBench.Cancel);
        await using var bench = await TakenBackAsync(payPal);
        await bench.SwitchOnAsync();
        await bench.BeatAsync(1);
        await bench.Database.ExecuteAsync($"""
            update cron_service.debits set state = 'sending', deadline = now(), claim_number = claim_number + 1 where kind = 'claw_back';
            update cron_service.debits set state = '{state}' where kind = 'claw_back'
            """);
        await bench.BeatAsync(1);
        await bench.SuspendAsync();

        Assert.Equal((0, 0L), (bench.Posts("suspend"), await bench.Panel.CountAsync("cron_service.suspensions")));
    }

    // The payer got 5.00 back; 40 tokens of the 500 are left.
    private static async Task<CustomersBench> TakenBackAsync(PayPalSimulator payPal)
    {
        var bench = await CustomersBench.StartAsync(PayPalBench.Settings(payPal));
        await bench.AddAsync(1, 60);
        var id = await bench.PayAsync(payPal);
        Assert.Equal(540, bench.VirtFusion.Wallet(1));

        bench.VirtFusion.RefusesOverdrafts = true;
        bench.VirtFusion.ShiftWallet(1, -500);
        payPal.Books.Refund(payPal.Books.OrderIds[0], 5);
        await bench.Database.ExecuteAsync("update cron_service.top_ups set next_look_at = now(), claimed_until = null");
        await bench.Get<TopUpSteps>().AdvanceAsync(id, CustomersBench.Cancel);
        await bench.Get<Delivery>().DeliverAsync(null, CustomersBench.Cancel);
        Assert.Equal("pending true", await bench.Database.ScalarAsync<string>(
            "select state || ' ' || is_short from cron_service.debits where kind = 'claw_back'"));
        return bench;
    }
}
