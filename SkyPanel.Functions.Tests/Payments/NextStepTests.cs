using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>Top-ups that were only looked at when woken, and have a next step now. No webhook arrives.</summary>
public sealed class NextStepTests
{
    [Fact]
    public async Task A_cancelled_top_up_that_is_pending_after_all_is_asked_about_until_it_is_paid()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await CancelledAsync(bench);
        bench.PayPal.Books.Approve(topUp.OrderId!, CaptureResult.Pending);
        await bench.ReturnAsync(topUp);
        Assert.Equal(TopUpState.Pending, (await bench.FindAsync(topUp.Id)).State);
        bench.PayPal.Books.Settle(topUp.OrderId!);

        await PassAsync(bench, "1 hour");

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task A_pending_top_up_whose_order_PayPal_has_forgotten_is_granted_when_its_money_arrives()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!, CaptureResult.Pending);
        await bench.ReturnAsync(topUp);
        bench.PayPal.Faults.Add("GET", PayPalBench.Orders, Fault.Answer(404, """{"name":"RESOURCE_NOT_FOUND"}"""));
        await PassAsync(bench, "1 hour");
        Assert.Equal(TopUpState.Pending, (await bench.FindAsync(topUp.Id)).State);
        bench.PayPal.Books.Settle(topUp.OrderId!);

        await PassAsync(bench, "1 hour");

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Theory]
    [InlineData(59, TopUpState.Pending)]
    [InlineData(61, TopUpState.Held)]
    public async Task A_pending_payment_that_PayPal_no_longer_shows_is_held_after_sixty_days(int days, TopUpState state)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!, CaptureResult.Pending);
        await bench.ReturnAsync(topUp);
        bench.ForgetPayments();
        await bench.AgeAsync($"{days} days");

        await PassAsync(bench, "1 hour");

        Assert.Equal((state, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
    }

    [Fact]
    public async Task What_is_given_back_while_tokens_are_being_taken_back_is_taken_soon_after_them()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        await bench.AgeAsync("30 days");
        await bench.ProveAsync();
        bench.Panel.VirtFusion.Faults.Add("POST", PayPalBench.Credit, Fault.Answer(503), times: 1);
        bench.PayPal.Books.Refund(topUp.OrderId!, 4);
        await PassAsync(bench, "8 days");
        bench.PayPal.Books.Refund(topUp.OrderId!, 6);

        for (var round = 0; round < 4; round++)
        {
            await PassAsync(bench, "16 minutes");
            await bench.DeliverAsync();
        }

        Assert.Equal((TopUpState.Refunded, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_grant_that_has_been_held_for_hours_is_no_reason_to_ask_PayPal_each_minute()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.Panel.VirtFusion.Faults.Add("POST", PayPalBench.Credit, Fault.Answer(422, """{"msg":"no"}"""));
        await bench.ReturnAsync(topUp);
        await bench.Panel.Database.ExecuteAsync("""
            update cron_service.debits set state = 'sending', claim_number = claim_number + 1, deadline = now() where kind = 'grant';
            update cron_service.debits set state = 'held' where kind = 'grant';
            update cron_service.top_ups set captured_at = captured_at - interval '3 hours', next_look_at = now()
            """);
        var before = bench.PayPal.Requests.Count("GET", PayPalBench.Orders);

        for (var minute = 0; minute < 10; minute++)
            await PassAsync(bench, "1 minute", onlyWoken: true);

        Assert.Equal(TopUpState.Granting, (await bench.FindAsync(topUp.Id)).State);
        Assert.InRange(bench.PayPal.Requests.Count("GET", PayPalBench.Orders) - before, 1, 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_paid_top_up_that_PayPal_no_longer_shows_is_asked_about_for_200_days_and_for_its_refund(bool isRefunding)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        bench.ForgetPayments();
        bench.PayPal.Faults.Add("POST", "v2/payments/captures", Fault.Reset());
        if (isRefunding)
            await bench.OrderRefundAsync(topUp, 2.5m);
        for (var i = 0; i < 2; i++)
            await bench.SettleAsync();
        Assert.Contains("PayPal hasn't shown", await CheckAsync(bench), StringComparison.Ordinal);

        await bench.AgeAsync("201 days");
        await bench.SettleAsync();

        Assert.Equal(isRefunding,
            await bench.Panel.Database.ScalarAsync<bool>("select next_look_at < 'infinity' from cron_service.top_ups"));
        Assert.Equal(isRefunding, (await CheckAsync(bench)).Contains("PayPal hasn't shown", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_died_while_it_captured_a_cancelled_top_up_is_made_good_when_its_claim_has_run_out()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await CancelledAsync(bench);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        var dying = (await bench.Get<TopUpClaims>().TakeAsync(topUp.Id, PayPalBench.Cancel))!;
        await bench.Get<TopUpClaims>().WriteAsync(dying, TopUpState.Capturing, null);
        await bench.Get<PayPalClient>().CaptureAsync(topUp.OrderId!, $"{topUp.Reference}-capture-1", PayPalBench.Cancel);

        await PassAsync(bench, "3 minutes");

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        Assert.Equal(1, bench.PayPal.Books.Captures(topUp.OrderId!));
    }

    [Fact]
    public async Task A_granted_top_up_whose_next_step_fails_is_answered_as_granting_and_finished_by_the_next_heartbeat()
    {
        await using var payPal = await PayPalSimulator.StartAsync(ct: TestContext.Current.CancellationToken);
        await using var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddUserAsync(1, PayPalBench.Start);
        var app = await panel.StartAppAsync(TopUpHttpTests.Settings(payPal));
        await TopUpHttpTests.EnableAsync(app);
        await app.PostAsync("/api/top-ups", new { userId = 1, amount = "10.00" });
        var order = payPal.Books.OrderIds[0];
        payPal.Books.Approve(order);
        payPal.Books.Distort(order, shown =>
        {
            if (shown["purchase_units"]![0]!["payments"]?["captures"]?[0] is { } capture)
                capture["custom_id"] = "another-shop";
        });
        Assert.Equal("held", $"{(await app.PostAsync("/api/top-ups/1/return")).Body["state"]}");
        await panel.Database.ExecuteAsync("""
            create function public.fail() returns trigger language plpgsql as $$ begin raise exception 'no step today'; end $$;
            create trigger fail before update of claim_number on cron_service.top_ups for each row execute function public.fail()
            """);
        var answer = await app.PostAsync("/api/admin/payments/top-ups/1/grant", new { reason = "the payer is theirs" });
        Assert.Equal((System.Net.HttpStatusCode.OK, "granting"), (answer.Status, $"{answer.Body["state"]}"));
        Assert.Equal(("granting", true), (await panel.ScalarAsync<string>("select state from cron_service.top_ups"),
            await panel.ScalarAsync<bool>("select next_look_at <= now() and woken_at > looked_at from cron_service.top_ups")));

        await panel.Database.ExecuteAsync("drop trigger fail on cron_service.top_ups");
        await app.PostAsync("/api/admin/cron/wake");

        await panel.UntilAsync("select exists (select from cron_service.top_ups where state = 'granted')");
        Assert.Equal(PayPalBench.Start + 1000, panel.VirtFusion.Wallet(1));
    }

    [Fact]
    public async Task The_check_names_a_payment_that_is_pending_for_more_than_a_week()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!, CaptureResult.Pending);
        await bench.ReturnAsync(topUp);
        Assert.False((await bench.Get<PaymentChecks>().Check.RunAsync(new(false, []), PayPalBench.Cancel))!.IsFailing);

        await bench.AgeAsync("8 days");

        Assert.Contains("pending at PayPal for more than a week",
            (await bench.Get<PaymentChecks>().Check.RunAsync(new(false, []), PayPalBench.Cancel))!.Message, StringComparison.Ordinal);
    }

    // Cancelled, and looked at since: nothing is due.
    private static async Task<TopUp> CancelledAsync(PayPalBench bench)
    {
        var topUp = await bench.OpenAsync(1);
        await bench.Get<TopUpQueries>().CancelAsync(topUp.OrderId!, PayPalBench.Cancel);
        await bench.AdvanceAsync(topUp.Id);
        Assert.True(await bench.Panel.Database.ScalarAsync<bool>("select next_look_at = 'infinity' from cron_service.top_ups"));
        return topUp;
    }

    private static async Task<string> CheckAsync(PayPalBench bench) =>
        (await bench.Get<PaymentChecks>().Check.RunAsync(new(false, []), PayPalBench.Cancel))!.Message;

    private static async Task PassAsync(PayPalBench bench, string time, bool onlyWoken = false)
    {
        await bench.Panel.Database.ExecuteAsync($"""
            update cron_service.top_ups
            set next_look_at = next_look_at - interval '{time}', claimed_until = claimed_until - interval '{time}'
            """);
        await bench.Get<TopUpSteps>().AdvanceDueAsync(onlyWoken, PayPalBench.Cancel);
    }
}
