using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>What a person decides about a held debit.</summary>
public sealed class OperatorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Settling_believes_that_the_wallet_moved()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.HoldAsync(11);

        Assert.Equal((true, DebitState.Settled), await bench.DecideAsync(id, DebitAction.Settle, "ann", "seen in VirtFusion"));

        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Settled, "ann", "seen in VirtFusion", 0),
            (debit.State, debit.DecidedBy, debit.DecisionReason, bench.SentTo(11)));
        Assert.Equal(0m, await bench.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11"));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Settling_leaves_the_balance_unknown_since_the_latest_reading_may_have_the_debit_in_it()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.HoldAsync(11);
        await bench.Database.ExecuteAsync("insert into cron_service.wallet_readings (account_id, tokens, read_at) " +
            "select id, 990, now() from cron_service.accounts where user_id = 11");

        await bench.DecideAsync(id, DebitAction.Settle, "ann", "seen in VirtFusion");

        Assert.Equal(0, await bench.Database.ScalarAsync<long>("select count(*) from cron_service.wallets"));
    }

    [Fact]
    public async Task Resending_takes_it_with_a_new_claim_and_all_its_attempts()
    {
        await using var bench = await WalletBench.StartAsync(("Wallet:MaxAttempts", "2"));
        var id = await bench.OweAsync(11);
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Answer(422), times: 3);
        for (var attempt = 0; attempt < 2; attempt++)
            await bench.DeliverAsync();
        Assert.Equal(DebitState.Held, (await bench.DebitAsync(id)).State);

        Assert.Equal((true, DebitState.Pending), await bench.DecideAsync(id, DebitAction.Resend, "ann", "mended"));
        await bench.DeliverAsync();
        Assert.Equal((DebitState.Pending, 1), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Attempts));
        await bench.DeliverAsync();

        Assert.Equal((DebitState.Settled, 990m), ((await bench.DebitAsync(id)).State, bench.VirtFusion.Wallet(11)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Voiding_leaves_what_is_owed_to_a_later_debit()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.HoldAsync(11);

        Assert.Equal((true, DebitState.Voided), await bench.DecideAsync(id, DebitAction.Void, "ann", "wrong wallet"));
        Assert.Equal(0.10m, await bench.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11"));
        var next = await bench.OweAsync(11, 0.05m);
        await bench.DeliverAsync();

        Assert.Equal((DebitState.Voided, 15L, 985m), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(next)).Tokens,
            bench.VirtFusion.Wallet(11)));
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData(DebitAction.Settle)]
    [InlineData(DebitAction.Resend)]
    [InlineData(DebitAction.Void)]
    public async Task Only_a_held_debit_can_be_decided(DebitAction decision)
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        Assert.Equal((false, DebitState.Pending), await bench.DecideAsync(id, decision, "ann", "because"));
        var claim = await bench.ClaimAsync();
        Assert.Equal((false, DebitState.Sending), await bench.DecideAsync(id, decision, "ann", "because"));
        await bench.Get<Claims>().DoubtAsync(claim, "lost");
        Assert.Equal((false, DebitState.InDoubt), await bench.DecideAsync(id, decision, "ann", "because"));
        await bench.Get<Settlements>().SettleAsync(id, claim.ClaimNumber, "1", null, Cancel);
        Assert.Equal((false, DebitState.Settled), await bench.DecideAsync(id, decision, "ann", "because"));
        Assert.Null(await bench.DecideAsync(id + 1, decision, "ann", "because"));
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public async Task Nothing_is_decided_without_a_reason(string reason)
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.HoldAsync(11);

        await Assert.ThrowsAsync<ArgumentException>(() => bench.DecideAsync(id, DebitAction.Void, "ann", reason));
        Assert.Equal(DebitState.Held, (await bench.DebitAsync(id)).State);
    }

    [Theory]
    [InlineData(DebitAction.Settle, DebitAction.Settle)]
    [InlineData(DebitAction.Settle, DebitAction.Resend)]
    [InlineData(DebitAction.Resend, DebitAction.Void)]
    [InlineData(DebitAction.Void, DebitAction.Settle)]
    [InlineData(DebitAction.Resend, DebitAction.Resend)]
    public async Task Of_two_who_press_at_once_one_decides(DebitAction first, DebitAction second)
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.HoldAsync(11);

        Task<(bool IsDecided, DebitState State)?>[] deciding;
        await using (await bench.LockDebitAsync(id))
        {
            deciding =
            [
                bench.DecideAsync(id, first, "ann", "because"),
                bench.DecideAsync(id, second, "bob", "because"),
            ];
            await bench.Database.BlockedAsync(2);
        }
        var results = await Task.WhenAll(deciding);

        var winner = Assert.Single(results.Index(), result => result.Item!.Value.IsDecided);
        Assert.Equal(winner.Index == 0 ? "ann" : "bob", (await bench.DebitAsync(id)).DecidedBy);
        Assert.Equal(winner.Item!.Value.State, (await bench.DebitAsync(id)).State);
        await bench.AssertLawsAsync();
    }
}
