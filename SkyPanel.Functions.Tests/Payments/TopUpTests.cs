using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>A top-up's way from its row to its tokens.</summary>
public sealed class TopUpTests
{
    [Fact]
    public async Task What_is_approved_is_captured_once_and_becomes_tokens_once()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        Assert.Equal((TopUpState.Ordered, 1000L, PayPalSimulator.MerchantId), (topUp.State, topUp.Tokens, topUp.PayeeId));

        await bench.AdvanceAsync(topUp.Id);
        Assert.Equal(TopUpState.Ordered, (await bench.FindAsync(topUp.Id)).State);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        for (var i = 0; i < 3; i++)
            await bench.AdvanceAsync(topUp.Id);

        Assert.Equal(TopUpState.Granted, (await bench.FindAsync(topUp.Id)).State);
        Assert.Equal((PayPalBench.Start + 1000, 1), (bench.Wallet(1), bench.PayPal.Books.Captures(topUp.OrderId!)));
        Assert.Equal(10m, await bench.Panel.Database.ScalarAsync<decimal>(
            "select amount from cron_service.transfers where kind = 'top_up'"));
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData("4.99", "must be 5 to 500 USD")]
    [InlineData("500.01", "must be 5 to 500 USD")]
    [InlineData("-10", "must be 5 to 500 USD")]
    [InlineData("0", "must be 5 to 500 USD")]
    [InlineData("9999999999999999999999999999", "must be 5 to 500 USD")]
    [InlineData("10.005", "2 decimals at most")]
    public async Task An_amount_that_may_not_be_paid_is_refused_by_name(string amount, string said)
    {
        await using var bench = await PayPalBench.StartAsync();
        var refused = await Assert.ThrowsAsync<BadInputException>(() =>
            bench.OpenAsync(1, decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal("amount", refused.Field);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.PayPal.Requests.Count("POST", PayPalBench.Orders));
    }

    [Theory]
    [InlineData("10", "a multiple of 0.1 USD")]
    [InlineData("1", "a multiple of 1 USD")]
    public async Task An_amount_that_is_no_whole_number_of_tokens_is_refused(string tokensPerUnit, string said)
    {
        await using var bench = await PayPalBench.StartAsync(("Billing:TokensPerCurrencyUnit", tokensPerUnit));
        var refused = await Assert.ThrowsAsync<BadInputException>(() => bench.OpenAsync(1, 5.55m));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Equal(TopUpState.Ordered, (await bench.OpenAsync(1, 6m)).State);
    }

    [Fact]
    public async Task No_more_tokens_than_a_debit_can_move_are_sold_or_granted()
    {
        await using var bench = await PayPalBench.StartAsync(("Billing:TokensPerCurrencyUnit", "1000000"),
            ("PayPal:MaximumAmount", "5000"), ("PayPal:DailyMaximumAmount", "5000"));
        var refused = await Assert.ThrowsAsync<BadInputException>(() => bench.OpenAsync(1, 2000.01m));
        Assert.Equal(("amount", "amount must be worth 1 to 2000000000 tokens."), (refused.Field, refused.Message));

        var topUp = await bench.OpenAsync(1, 2000);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        await bench.AdvanceAsync(topUp.Id);
        Assert.Equal(TopUpState.Granted, (await bench.FindAsync(topUp.Id)).State);
    }

    [Fact]
    public async Task A_payment_for_more_tokens_than_a_debit_can_move_is_held_and_other_debits_are_delivered()
    {
        await using var bench = await PayPalBench.StartAsync();
        await bench.OpenAsync(1);
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.top_ups (account_id, amount, currency, tokens_per_unit, tokens, opened_by, state, order_id, capture_id,
                captured_amount, captured_currency, captured_at)
            select account_id, 3000, 'USD', 1000000, 3000000000, 'test', 'captured', 'O1', 'C1', 3000, 'USD', now()
            from cron_service.top_ups
            """);
        await bench.Get<Grants>().AlignAsync((await bench.Get<TopUpClaims>().TakeAsync(2, PayPalBench.Cancel))!, PayPalBench.Cancel);

        var held = await bench.FindAsync(2);
        Assert.Equal((TopUpState.Held, "it is worth more than 2000000000 tokens"), (held.State, held.Message));
        Assert.Contains("2000000000", Grants.FindObstacle(held), StringComparison.Ordinal);
        Assert.Equal(TopUpState.Granted, (await bench.PayAsync(2)).State);
    }

    [Fact]
    public async Task Nobody_tops_up_for_a_user_who_is_not_there()
    {
        await using var bench = await PayPalBench.StartAsync();
        await bench.EnableAsync();
        await Assert.ThrowsAsync<NotFoundException>(() => bench.Get<TopUps>().OpenAsync(PayPalBench.Tester, 4711, 10, PayPalBench.Cancel));
    }

    [Fact]
    public async Task Two_at_once_do_not_both_fit_into_what_is_left_of_the_day()
    {
        await using var bench = await PayPalBench.StartAsync(("PayPal:DailyMaximumAmount", "500"));
        await bench.Panel.AddUserAsync(1);
        await bench.EnableAsync();
        await bench.Panel.Database.ExecuteAsync("insert into cron_service.accounts (kind, user_id) values ('customer', 1)");
        await using var held = await HeldRows.HoldAsync(bench.Panel.Database,
            "select from cron_service.accounts where user_id = 1 for update");
        var opening = Enumerable.Range(0, 2).Select(_ => bench.Get<TopUps>().OpenAsync(PayPalBench.Tester, 1, 300, PayPalBench.Cancel))
            .ToArray();
        await bench.Panel.Database.BlockedAsync(2);
        await held.LetGoAsync();

        await Task.WhenAll(opening).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Equal(1, opening.Count(task => task.IsCompletedSuccessfully));
        Assert.Equal(1, opening.Count(task => task.Exception?.InnerException is BadInputException));
    }

    [Fact]
    public async Task A_pending_payment_is_granted_when_it_completes_and_not_before()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (completes, isDenied) = (await bench.OpenAsync(1), await bench.OpenAsync(2));
        foreach (var topUp in new[] { completes, isDenied })
        {
            bench.PayPal.Books.Approve(topUp.OrderId!, CaptureResult.Pending);
            await bench.AdvanceAsync(topUp.Id);
            Assert.Equal((TopUpState.Pending, "ECHECK"), ((await bench.FindAsync(topUp.Id)).State,
                (await bench.FindAsync(topUp.Id)).Message));
        }
        Assert.Equal((PayPalBench.Start, PayPalBench.Start), (bench.Wallet(1), bench.Wallet(2)));

        bench.PayPal.Books.Settle(completes.OrderId!);
        bench.PayPal.Books.Settle(isDenied.OrderId!, isDenied: true);
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Granted, TopUpState.Denied), ((await bench.FindAsync(completes.Id)).State,
            (await bench.FindAsync(isDenied.Id)).State));
        Assert.Equal((PayPalBench.Start + 1000, PayPalBench.Start), (bench.Wallet(1), bench.Wallet(2)));
    }

    [Fact]
    public async Task A_declined_payment_may_be_approved_again_and_is_captured_as_another_request()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!, CaptureResult.Declined);
        await bench.AdvanceAsync(topUp.Id);
        Assert.Equal((TopUpState.Declined, 2), ((await bench.FindAsync(topUp.Id)).State, (await bench.FindAsync(topUp.Id)).CaptureAttempt));

        bench.PayPal.Books.Approve(topUp.OrderId!);
        await bench.ReturnAsync(topUp);

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task An_order_whose_answer_was_lost_is_made_once()
    {
        await using var bench = await PayPalBench.StartAsync();
        bench.PayPal.Faults.Add("POST", PayPalBench.Orders, Fault.Reset().AfterActing(), times: 1);
        var topUp = await bench.OpenAsync(1);
        Assert.Equal((TopUpState.Created, null), (topUp.State, topUp.OrderId));

        await bench.AdvanceAsync(topUp.Id);

        Assert.Equal(TopUpState.Ordered, (await bench.FindAsync(topUp.Id)).State);
        Assert.Single(bench.PayPal.Books.OrderIds);
    }

    [Fact]
    public async Task An_order_that_nobody_approved_expires_and_one_that_was_approved_late_is_taken_up_all_the_same()
    {
        await using var bench = await PayPalBench.StartAsync();
        var (gone, late) = (await bench.OpenAsync(1), await bench.OpenAsync(2));
        bench.PayPal.Books.Expire(gone.OrderId!);
        await bench.Get<TopUpQueries>().CancelAsync(late.OrderId!, PayPalBench.Cancel);
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Expired, TopUpState.Cancelled), ((await bench.FindAsync(gone.Id)).State,
            (await bench.FindAsync(late.Id)).State));

        bench.PayPal.Books.Approve(late.OrderId!);
        await bench.AdvanceAsync(late.Id);

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(late.Id)).State, bench.Wallet(2)));
    }

    [Fact]
    public async Task A_debit_that_is_held_keeps_no_paid_tokens_back()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, claim_number, deadline)
            select id, 'debit', 5, 0.05, 'held by the test', 'held', 1, now() from cron_service.accounts where user_id = 1
            """);
        bench.PayPal.Books.Approve(topUp.OrderId!);

        await bench.AdvanceAsync(topUp.Id);

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task A_grant_waits_while_another_movement_of_its_wallet_is_in_doubt()
    {
        await using var bench = await PayPalBench.StartAsync();
        await bench.ProveAsync();
        var topUp = await bench.OpenAsync(1);
        await bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, claim_number, deadline,
                balance_before_tokens)
            select id, 'debit', 5, 0.05, 'in doubt by the test', 'in_doubt', 1, now(), 1000 from cron_service.accounts where user_id = 1
            """);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        await bench.AdvanceAsync(topUp.Id);
        Assert.Equal((TopUpState.Granting, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));

        await bench.Panel.Database.ExecuteAsync("update cron_service.debits set state = 'held' where state = 'in_doubt'");
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task A_grant_that_a_person_voids_is_held_and_can_be_granted_again()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.Panel.VirtFusion.Faults.Add("POST", PayPalBench.Credit, Fault.Answer(422, """{"msg":"no"}"""));
        await bench.AdvanceAsync(topUp.Id);
        await bench.Panel.Database.ExecuteAsync(
            "update cron_service.debits set state = 'sending', claim_number = claim_number + 1, deadline = now() where kind = 'grant'");
        await bench.Panel.Database.ExecuteAsync("update cron_service.debits set state = 'held' where kind = 'grant'");
        await bench.Panel.Database.ExecuteAsync("update cron_service.debits set state = 'voided' where kind = 'grant'");
        await bench.SettleAsync();
        Assert.Equal(TopUpState.Held, (await bench.FindAsync(topUp.Id)).State);

        bench.Panel.VirtFusion.Faults.Clear();
        Assert.True(await bench.Panel.Database.InOneAsync(async transaction =>
            await Grants.AlignAsync(transaction.Connection!, (await TopUpQueries.LockAsync(transaction.Connection!, topUp.Id))!,
                isByPerson: true, PayPalBench.Cancel)));
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }
}
