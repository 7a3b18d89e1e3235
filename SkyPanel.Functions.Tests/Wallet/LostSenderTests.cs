using Microsoft.Extensions.Time.Testing;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>Senders that die, and senders that wake up too late.</summary>
public sealed class LostSenderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sender_that_died_before_it_stored_a_balance_has_sent_nothing()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        await bench.ClaimAsync();

        await bench.ResolveAsync();
        Assert.Equal(DebitState.Sending, (await bench.DebitAsync(id)).State);
        await bench.PassHourAsync();
        await bench.ResolveAsync();
        Assert.Equal(DebitState.Pending, (await bench.DebitAsync(id)).State);

        await bench.DeliverAsync();
        Assert.Equal((DebitState.Settled, 990m), ((await bench.DebitAsync(id)).State, bench.VirtFusion.Wallet(11)));
        await bench.AssertLawsAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sender_that_died_after_it_stored_a_balance_is_judged_by_it(bool hadSent)
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.OweAsync(11);
        var claim = await bench.ClaimAsync();
        Assert.True(await bench.Get<Claims>().StoreBalanceAsync(claim, WalletBench.Start, Cancel));
        if (hadSent)
            await bench.Get<VirtFusionClient>().AddCreditAsync(11, claim.Credit, id, claim.Reference, claim.Deadline, Cancel);

        await bench.ResolveAsync();
        Assert.Equal(DebitState.Sending, (await bench.DebitAsync(id)).State);
        await bench.DeliverAsync();
        await bench.PassHourAsync();
        for (var pass = 0; pass < 2; pass++)
            await bench.ResolveAsync();
        Assert.Equal(hadSent ? DebitState.Settled : DebitState.Pending, (await bench.DebitAsync(id)).State);

        await bench.DeliverAsync();
        Assert.Equal((990m, 1), (bench.VirtFusion.Wallet(11), bench.SentTo(11)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_sender_that_froze_before_storing_the_balance_wakes_up_to_nothing()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        var gate = new RequestGate();
        bench.Faults.Add("GET", WalletBench.Balance, Fault.Hold(gate), times: 1);
        var frozen = bench.DeliverAsync();
        await gate.WaitForArrivalsAsync(1, Cancel);

        await bench.PassHourAsync();
        await bench.ResolveAsync();
        await bench.DeliverAsync(bench.Panel.StartApp());
        gate.Open();
        await frozen;

        Assert.Equal((DebitState.Settled, 990m, 1), ((await bench.DebitAsync(id)).State, bench.VirtFusion.Wallet(11), bench.SentTo(11)));
        await bench.AssertLawsAsync();
    }

    // Frozen with the order written: the answer of the first claim arrives when a second one has taken the tokens.
    [Theory]
    [InlineData(422)]
    [InlineData(429)]
    [InlineData(401)]
    [InlineData(500)]
    public async Task A_no_that_arrives_after_another_has_taken_over_changes_nothing(int status)
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.OweAsync(11);
        var (arrived, answer) = (new RequestGate(), Fault.Answer(status).With("Retry-After", "0"));
        bench.Faults.Add("POST", WalletBench.Credit, answer.Behind(arrived), times: 1);
        var frozen = bench.DeliverAsync();
        await arrived.WaitForArrivalsAsync(1, Cancel);

        await bench.PassHourAsync();
        for (var pass = 0; pass < 2; pass++)
            await bench.ResolveAsync();
        var second = await bench.Get<Claims>().TakeAsync(null, Cancel);
        Assert.Equal(2, second?.ClaimNumber);
        arrived.Open();
        await frozen;

        Assert.Equal((DebitState.Sending, 0), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Attempts));
        Assert.True(await bench.Get<Claims>().StoreBalanceAsync(second!, WalletBench.Start, Cancel));
        Assert.Equal(1, bench.SentTo(11));
    }

    [Fact]
    public async Task An_outdated_claim_can_do_nothing_at_all()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        var old = await bench.ClaimAsync();
        await bench.PassHourAsync();
        await bench.ResolveAsync();
        var (claims, settlements) = (bench.Get<Claims>(), bench.Get<Settlements>());

        foreach (var state in new[] { DebitState.Pending, DebitState.Sending })
        {
            Assert.Equal(state, (await bench.DebitAsync(id)).State);
            Assert.False(await claims.StoreBalanceAsync(old, 1, Cancel));
            await claims.ReleaseAsync(old, TimeSpan.Zero, "outdated");
            await claims.RefuseAsync(old, "outdated");
            await claims.DoubtAsync(old, "outdated");
            Assert.False(await settlements.SettleAsync(id, old.ClaimNumber, "7", "outdated", Cancel));
            var debit = await bench.DebitAsync(id);
            Assert.Equal((state, 0, null), (debit.State, debit.Attempts, debit.CreditId));
            Assert.NotEqual("outdated", debit.Message);
            if (state == DebitState.Pending)
                await bench.ClaimAsync();
        }
    }

    [Fact]
    public async Task A_claim_stores_its_balance_once_and_in_time()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.OweAsync(11);
        var claim = await bench.ClaimAsync();
        Assert.True(await bench.Get<Claims>().StoreBalanceAsync(claim, 1, Cancel));
        Assert.False(await bench.Get<Claims>().StoreBalanceAsync(claim, 2, Cancel));

        await bench.OweAsync(12);
        var late = await bench.ClaimAsync();
        await bench.PassHourAsync();
        Assert.False(await bench.Get<Claims>().StoreBalanceAsync(late, 1, Cancel));
    }

    // The database's clock still allows it; the sender's own doesn't.
    [Fact]
    public async Task A_sender_that_froze_between_the_balance_and_the_order_does_not_send()
    {
        var time = new FakeTimeProvider(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        var gate = new RequestGate();
        bench.Faults.Add("GET", WalletBench.Balance, Fault.Hold(gate).AfterActing(), times: 1);

        var frozen = bench.DeliverAsync(time);
        await gate.WaitForArrivalsAsync(1, Cancel);
        await using (await bench.LockDebitAsync(id))
        {
            gate.Open();
            await bench.Database.BlockedAsync(1);
            time.Advance(TimeSpan.FromSeconds(15));
        }
        await frozen;

        Assert.Equal(0, bench.SentTo(11));
        Assert.Equal((DebitState.Pending, 0), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Attempts));
        await bench.DeliverAsync();
        Assert.Equal(990m, bench.VirtFusion.Wallet(11));
    }

    [Fact]
    public async Task A_stop_before_the_order_is_written_gives_the_debit_back()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        var gate = new RequestGate();
        bench.Faults.Add("GET", WalletBench.Balance, Fault.Hold(gate), times: 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var delivering = bench.Get<Delivery>().DeliverAsync(null, stop.Token);
        await gate.WaitForArrivalsAsync(1, Cancel);
        await stop.CancelAsync();
        await Task.WhenAny(delivering);

        Assert.Equal((DebitState.Pending, "stopped before anything was sent"),
            ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).Message));
    }

    [Fact]
    public async Task A_stop_after_the_order_was_written_waits_for_the_answer()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        var gate = new RequestGate();
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Hold(gate), times: 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var delivering = bench.Get<Delivery>().DeliverAsync(null, stop.Token);
        await gate.WaitForArrivalsAsync(1, Cancel);
        await stop.CancelAsync();
        gate.Open();
        await Task.WhenAny(delivering);

        Assert.Equal((DebitState.Settled, "1"), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).CreditId));
    }

    // A person must know before deciding: sent again, it would be taken twice.
    [Fact]
    public async Task A_yes_that_arrives_when_the_debit_is_held_is_told_to_the_person()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.OweAsync(11);
        var gate = new RequestGate();
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Hold(gate).AfterActing(), times: 1);
        var frozen = bench.DeliverAsync();
        await gate.WaitForArrivalsAsync(1, Cancel);
        await bench.PassHourAsync();
        bench.VirtFusion.ShiftWallet(11, 500);
        await bench.ResolveAsync();
        Assert.Equal(DebitState.Held, (await bench.DebitAsync(id)).State);

        gate.Open();
        await frozen;

        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Held, "1"), (debit.State, debit.CreditId));
        Assert.Contains("accepted it as credit 1", debit.Message, StringComparison.Ordinal);
        await bench.DecideAsync(id, DebitAction.Settle, "ann", "VirtFusion says so");
        Assert.Equal((DebitState.Settled, "1"), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).CreditId));
        await bench.AssertLawsAsync();
    }
}
