using System.Text;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>What the end of a dispute means for money and tokens.</summary>
public sealed class DisputeOutcomeTests
{
    [Theory]
    [InlineData("RESOLVED", "RESOLVED_SELLER_FAVOUR", DisputeState.Won)]
    [InlineData("RESOLVED", "NONE", DisputeState.Won)]
    [InlineData("RESOLVED", "RESOLVED_BUYER_FAVOUR", DisputeState.Lost)]
    [InlineData("RESOLVED", "A_NEW_ONE", DisputeState.Open)]
    [InlineData("UNDER_REVIEW", "NONE", DisputeState.Open)]
    public void A_dispute_is_open_until_PayPal_has_closed_it(string status, string outcome, DisputeState state) =>
        Assert.Equal(state, new PayPalDispute("D", ["C"], status == "RESOLVED", outcome, new("USD", 3), null, null).State);

    [Fact]
    public async Task A_dispute_that_PayPal_closes_undecided_ends_its_freeze_and_takes_nothing()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        await bench.HearAsync(topUp.Id, dispute);
        await bench.SettleAsync();
        Assert.Equal(TopUpState.Disputed, (await bench.FindAsync(topUp.Id)).State);

        bench.PayPal.Books.Replace(dispute);
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Won, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_dispute_that_replaces_another_is_followed_whichever_of_them_PayPal_changed_last(bool isOldLast)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        var old = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        await bench.HearAsync(topUp.Id, old);
        await bench.SettleAsync();
        if (!isOldLast)
            bench.PayPal.Books.Replace(old);
        var replacing = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        if (isOldLast)
            bench.PayPal.Books.Replace(old);

        Assert.Null(await bench.Get<DisputeSweep>().SweepAsync(PayPalBench.Cancel));
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Disputed, replacing),
            ((await bench.FindAsync(topUp.Id)).State, (await bench.FindAsync(topUp.Id)).DisputeId));

        bench.PayPal.Books.Resolve(replacing, isWon: false, showsReversal: false);
        // The event of the old one comes late.
        await bench.Get<PayPalEvents>().StoreAsync(Encoding.UTF8.GetBytes(
            bench.PayPal.Webhooks.Events.Last(one => one.Body.Contains(old, StringComparison.Ordinal)).Body),
            TimeProvider.System.GetUtcNow(), PayPalBench.Cancel);
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Lost, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task An_open_dispute_gives_way_to_no_other_while_PayPal_has_not_closed_it()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        var open = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        await bench.HearAsync(topUp.Id, open);
        await bench.SettleAsync();
        bench.PayPal.Books.Resolve(bench.PayPal.Books.Dispute(topUp.OrderId!, 1), isWon: true);

        Assert.Null(await bench.Get<DisputeSweep>().SweepAsync(PayPalBench.Cancel));

        Assert.Equal(open, (await bench.FindAsync(topUp.Id)).DisputeId);
    }

    [Fact]
    public async Task A_refund_by_an_operator_is_not_taken_for_the_reversal_of_a_lost_dispute_of_the_same_amount()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 3);
        await bench.HearAsync(topUp.Id, dispute);
        bench.PayPal.Books.Resolve(dispute, isWon: false, showsReversal: false);
        await bench.SettleAsync();
        Assert.Equal(PayPalBench.Start + 700, bench.Wallet(1));

        await bench.OrderRefundAsync(topUp, 3);
        await bench.SettleAsync();

        Assert.Equal((4m, PayPalBench.Start + 400), ((await bench.FindAsync(topUp.Id)).KeptAmount, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_lost_dispute_that_is_won_on_appeal_is_held_and_a_person_grants_the_tokens_again_once(bool isSeenOpen,
        bool showsReversal)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 4);
        await bench.HearAsync(topUp.Id, dispute);
        for (var round = 0; round < 2; round++)
        {
            bench.PayPal.Books.Resolve(dispute, isWon: false, showsReversal);
            await bench.SettleAsync();
            Assert.Equal((TopUpState.Lost, PayPalBench.Start + 600), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));

            if (isSeenOpen)
            {
                bench.PayPal.Books.Appeal(dispute);
                await bench.SettleAsync();
                Assert.Equal(TopUpState.Disputed, (await bench.FindAsync(topUp.Id)).State);
            }
            bench.PayPal.Books.Resolve(dispute, isWon: true);
            await bench.SettleAsync();
            var held = await bench.FindAsync(topUp.Id);
            Assert.Equal((TopUpState.Held, PayPalBench.Start + 600, null), (held.State, bench.Wallet(1), Grants.FindObstacle(held)));
            Assert.Equal("a refund of it is in progress", Grants.FindObstacle(held with { RefundState = RefundState.Ordered }));
            Assert.StartsWith("400 tokens were taken back", held.Message, StringComparison.Ordinal);

            var granted = await Task.WhenAll(GrantAsync(bench, topUp), GrantAsync(bench, topUp));
            Assert.Single(granted, isOpened => isOpened);
            await bench.SettleAsync();
            Assert.Equal((TopUpState.Won, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
            await bench.AssertLawsAsync();
        }
    }

    [Fact]
    public async Task A_dispute_that_was_lost_before_the_grant_and_is_won_on_appeal_gives_the_tokens()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.CaptureAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        await bench.HearAsync(topUp.Id, dispute);
        bench.PayPal.Books.Resolve(dispute, isWon: false, showsReversal: false);
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Lost, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));

        bench.PayPal.Books.Resolve(dispute, isWon: true);
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Won, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task A_refund_after_a_dispute_that_was_won_on_appeal_takes_its_own_tokens()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await LoseAsync(bench, 4);
        bench.PayPal.Books.Resolve((await bench.FindAsync(topUp.Id)).DisputeId!, isWon: true);
        await bench.SettleAsync();
        await GrantAsync(bench, topUp);
        bench.PayPal.Books.Refund(topUp.OrderId!, 5);
        await bench.SettleAsync();

        var after = await bench.FindAsync(topUp.Id);
        Assert.Equal((TopUpState.PartlyRefunded, 5m, PayPalBench.Start + 500), (after.State, after.KeptAmount, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_dispute_that_is_won_restores_nothing_of_an_earlier_one_that_was_lost()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await LoseAsync(bench, 4);
        var later = bench.PayPal.Books.Dispute(topUp.OrderId!, 3);
        await bench.HearAsync(topUp.Id, later);
        await bench.SettleAsync();
        bench.PayPal.Books.Resolve(later, isWon: true);
        await bench.SettleAsync();

        var after = await bench.FindAsync(topUp.Id);
        Assert.Equal((TopUpState.PartlyRefunded, 6m, PayPalBench.Start + 600), (after.State, after.KeptAmount, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_lost_dispute_that_PayPal_reverses_in_parts_counts_once()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1, 20);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        await bench.HearAsync(topUp.Id, dispute);
        bench.PayPal.Books.Resolve(dispute, isWon: false, showsReversal: false);
        bench.PayPal.Books.Refund(topUp.OrderId!, 6);
        bench.PayPal.Books.Refund(topUp.OrderId!, 4);
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Lost, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));

        // What is refunded later is other money.
        bench.PayPal.Books.Refund(topUp.OrderId!, 5);
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Lost, PayPalBench.Start + 500), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task Tokens_that_a_person_forgave_are_not_granted_again_when_the_dispute_is_won()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, 10);
        await bench.HearAsync(topUp.Id, dispute);
        bench.PayPal.Books.Resolve(dispute, isWon: false, showsReversal: false);
        await bench.Panel.Database.ExecuteAsync("update cron_service.top_ups set claw_back_hold = 'a person decides'");
        await bench.SettleAsync();
        await bench.Panel.Database.ExecuteAsync("update cron_service.debits set state = 'voided' where kind = 'claw_back'");
        await bench.SettleAsync();
        Assert.Equal(TopUpState.Lost, (await bench.FindAsync(topUp.Id)).State);

        bench.PayPal.Books.Resolve(dispute, isWon: true);
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Won, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    // A top-up of 10 whose dispute is lost, and listed as a refund.
    private static async Task<TopUp> LoseAsync(PayPalBench bench, decimal amount)
    {
        var topUp = await bench.PayAsync(1);
        var dispute = bench.PayPal.Books.Dispute(topUp.OrderId!, amount);
        await bench.HearAsync(topUp.Id, dispute);
        bench.PayPal.Books.Resolve(dispute, isWon: false);
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Lost, PayPalBench.Start + 1000 - amount * 100), ((await bench.FindAsync(topUp.Id)).State,
            bench.Wallet(1)));
        return topUp;
    }

    private static Task<bool> GrantAsync(PayPalBench bench, TopUp topUp) => bench.Panel.Database.InOneAsync(async transaction =>
        await Grants.AlignAsync(transaction.Connection!, (await TopUpQueries.LockAsync(transaction.Connection!, topUp.Id))!,
            isByPerson: true, PayPalBench.Cancel));
}
