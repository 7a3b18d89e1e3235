using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.PayPal;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Tests.Payments;

/// <summary>What must never happen with money, forced: an overlap, a lost answer, a process that dies, an order that isn't as
/// asked.</summary>
public sealed class NeverTests
{
    public static TheoryData<string, Fault> LostAnswers => new()
    {
        { "before the capture", Fault.Reset() }, { "after the capture", Fault.Reset().AfterActing() },
        { "500 after the capture", Fault.Answer(500).AfterActing() },
        { "429 before it", Fault.TooManyRequests("1") }, { "wrong JSON after it", Fault.Answer(201, "{\"id\":1").AfterActing() },
            { "an order without its capture", Fault.Answer(201, """{"id":"1","status":"COMPLETED"}""").AfterActing() },
    };

    [Theory]
    [MemberData(nameof(LostAnswers))]
    public async Task A_capture_whose_answer_was_lost_takes_the_money_once_and_gives_the_tokens_once(string when, Fault fault)
    {
        Assert.NotEmpty(when);
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.PayPal.Faults.Add("POST", $"{PayPalBench.Orders}/{topUp.OrderId}/capture", fault, times: 1);

        await bench.AdvanceAsync(topUp.Id);
        Assert.Equal((TopUpState.InDoubt, PayPalBench.Start), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        Assert.Equal(1, bench.PayPal.Books.Captures(topUp.OrderId!));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_capture_in_doubt_that_PayPal_shows_again_after_it_was_held_can_be_granted()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.PayPal.Faults.Add("POST", $"{PayPalBench.Orders}/{topUp.OrderId}/capture", Fault.Reset().AfterActing(), times: 1);
        await bench.AdvanceAsync(topUp.Id);
        await bench.AgeAsync("25 hours");
        bench.PayPal.Faults.Add("GET", PayPalBench.Orders, Fault.Answer(404, """{"name":"RESOURCE_NOT_FOUND"}"""));
        await bench.SettleAsync();
        Assert.Equal((TopUpState.Held, null), ((await bench.FindAsync(topUp.Id)).State, (await bench.FindAsync(topUp.Id)).CaptureId));

        bench.PayPal.Faults.Clear();
        await bench.AdvanceAsync(topUp.Id);
        var held = await bench.FindAsync(topUp.Id);
        Assert.Equal((TopUpState.Held, 10m, PayPalBench.Start), (held.State, held.KeptAmount, bench.Wallet(1)));
        Assert.True(await bench.Panel.Database.InOneAsync(transaction =>
            Grants.AlignAsync(transaction.Connection!, held, isByPerson: true, PayPalBench.Cancel)));
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_return_a_webhook_and_a_sweep_at_once_capture_once_and_grant_once()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        var gate = new RequestGate();
        bench.PayPal.Faults.Add("POST", $"{PayPalBench.Orders}/{topUp.OrderId}/capture", Fault.Hold(gate));
        var other = bench.Panel.StartApp(PayPalBench.Settings(bench.PayPal)).GetRequiredService<TopUpSteps>();

        var first = bench.AdvanceAsync(topUp.Id);
        await gate.WaitForArrivalsAsync(1, PayPalBench.Cancel);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => other.AdvanceAsync(topUp.Id, PayPalBench.Cancel)));
        gate.Open();
        await first;
        await bench.SettleAsync();

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        Assert.Equal(1, bench.PayPal.Requests.Count("POST", $"{PayPalBench.Orders}/{topUp.OrderId}/capture"));
    }

    // Its claim ran out while it was frozen before it wrote: another step went on, and it must not grant beside that one.
    [Fact]
    public async Task Two_steps_that_align_at_once_open_one_grant()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.Panel.VirtFusion.Faults.Add("*", "", Fault.Answer(503).With("Retry-After", "0"));
        var claimed = (await bench.Get<TopUpClaims>().TakeAsync(topUp.Id, PayPalBench.Cancel))!;
        await bench.Get<TopUpOrders>().CheckAsync(claimed, PayPalBench.Cancel);
        await using var held = await HeldRows.HoldAsync(bench.Panel.Database, "select from cron_service.top_ups for update");

        var aligning = Enumerable.Range(0, 3).Select(_ => bench.Get<Grants>().AlignAsync(claimed, PayPalBench.Cancel)).ToArray();
        await bench.Panel.Database.BlockedAsync(3);
        await held.LetGoAsync();

        Assert.Single(await Task.WhenAll(aligning), isOpened => isOpened);
        Assert.Equal(1L, await bench.Panel.Database.ScalarAsync<long>("select count(*) from cron_service.debits where kind = 'grant'"));
    }

    [Fact]
    public async Task A_step_whose_claim_was_taken_over_writes_nothing()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        var lost = (await bench.Get<TopUpClaims>().TakeAsync(topUp.Id, PayPalBench.Cancel))!;
        await bench.PassHourAsync();
        await bench.AdvanceAsync(topUp.Id);

        Assert.False(await bench.Get<TopUpClaims>().WriteAsync(lost, TopUpState.Expired, "too late"));
        Assert.False(await bench.Get<Grants>().AlignAsync(lost, PayPalBench.Cancel));
        Assert.Equal(TopUpState.Ordered, (await bench.FindAsync(topUp.Id)).State);
    }

    [Fact]
    public async Task A_process_that_died_between_the_money_and_its_note_is_made_good_by_the_next_step()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        var dying = (await bench.Get<TopUpClaims>().TakeAsync(topUp.Id, PayPalBench.Cancel))!;
        await bench.Get<TopUpClaims>().WriteAsync(dying, TopUpState.Capturing, null);
        await bench.Get<PayPalClient>().CaptureAsync(topUp.OrderId!, $"{topUp.Reference}-capture-1", PayPalBench.Cancel);

        await bench.SettleAsync();

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        Assert.Equal(1, bench.PayPal.Books.Captures(topUp.OrderId!));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_grant_whose_answer_was_lost_gives_the_tokens_once(bool moved)
    {
        await using var bench = await PayPalBench.StartAsync();
        await bench.ProveAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.Panel.VirtFusion.Faults.Add("POST", PayPalBench.Credit, moved ? Fault.Reset().AfterActing() : Fault.Reset(), times: 1);
        await bench.AdvanceAsync(topUp.Id);
        Assert.Equal(TopUpState.Granting, (await bench.FindAsync(topUp.Id)).State);

        await bench.SettleAsync();

        Assert.Equal((TopUpState.Granted, PayPalBench.Start + 1000), ((await bench.FindAsync(topUp.Id)).State, bench.Wallet(1)));
        await bench.AssertLawsAsync();
    }

    public static TheoryData<string, string> Differences => new()
    {
        { "amount", "PayPal has 9.00 USD where 10.00 USD was asked" }, { "currency", "PayPal has 10 JPY where 10.00 USD was asked" },
        { "payee", "another merchant was paid" }, { "account", "it names another top-up" },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task Money_that_is_not_as_asked_is_held_for_a_person_and_grants_nothing(string what, string said)
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.PayPal.Books.Distort(topUp.OrderId!, shown =>
        {
            if (shown["purchase_units"]![0]!["payments"]?["captures"]?[0] is not { } capture)
                return;
            switch (what)
            {
                case "amount": capture["amount"]!["value"] = "9.00"; break;
                case "currency": capture["amount"] = new System.Text.Json.Nodes.JsonObject { ["currency_code"] = "JPY",
                    ["value"] = "10" }; break;
                case "payee": capture["payee"]!["merchant_id"] = "SOMEBODYELSE"; break;
                case "account": capture["custom_id"] = Guid.NewGuid().ToString(); break;
            }
        });

        await bench.AdvanceAsync(topUp.Id);
        await bench.SettleAsync();

        var held = await bench.FindAsync(topUp.Id);
        Assert.Equal((TopUpState.Held, PayPalBench.Start), (held.State, bench.Wallet(1)));
        Assert.Contains(said, held.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_approved_order_that_is_not_as_asked_is_not_captured()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.OpenAsync(1);
        bench.PayPal.Books.Approve(topUp.OrderId!);
        bench.PayPal.Books.Distort(topUp.OrderId!, shown => shown["purchase_units"]![0]!["amount"]!["value"] = "1.00");

        await bench.AdvanceAsync(topUp.Id);

        Assert.Equal((TopUpState.Expired, 0), ((await bench.FindAsync(topUp.Id)).State, bench.PayPal.Books.Captures(topUp.OrderId!)));
    }

    [Fact]
    public async Task The_schema_refuses_a_forbidden_transition_and_a_second_grant()
    {
        await using var bench = await PayPalBench.StartAsync();
        var topUp = await bench.PayAsync(1);
        foreach (var change in new[]
        {
            "update cron_service.top_ups set state = 'ordered'", "update cron_service.top_ups set amount = 20",
            "update cron_service.top_ups set tokens = 2000", "update cron_service.top_ups set capture_id = 'OTHER'",
            "update cron_service.top_ups set account_id = account_id + 1", "update cron_service.top_ups set refunded_amount = -1",
                "delete from cron_service.top_ups", "truncate cron_service.top_ups cascade",
        })
            Assert.StartsWith("23", (await Assert.ThrowsAsync<PostgresException>(() => bench.Panel.Database.ExecuteAsync(change))).SqlState,
                StringComparison.Ordinal);
        Assert.Equal("debits_grant", (await Assert.ThrowsAsync<PostgresException>(() => bench.Panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, top_up_id) select account_id, 'grant', 1, 0.01,
                'twice', @id from cron_service.top_ups
            """, ("id", topUp.Id)))).ConstraintName);
    }
}
