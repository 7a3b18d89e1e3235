using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>Many who deliver at the same time.</summary>
public sealed class OverlapTests
{
    private static readonly int[] Users = [.. Enumerable.Range(11, 20)];

    [Fact]
    public async Task Two_apps_take_each_token_once()
    {
        await using var bench = await WalletBench.StartAsync();
        foreach (var user in Users)
            await bench.OweAsync(user);
        var gate = new RequestGate();
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Hold(gate));

        // One app claims at most 16 of the 20 and sends 8 at a time, so the other one has some in any case.
        var delivering = new[] { bench.DeliverAsync(), bench.DeliverAsync(bench.Panel.StartApp()) };
        await gate.WaitForArrivalsAsync(12, TestContext.Current.CancellationToken);
        gate.Open();
        var results = await Task.WhenAll(delivering);

        Assert.Equal(200L, results.Sum(result => result.Tokens));
        Assert.All(results, result => Assert.True(result.Tokens > 0));
        Assert.All(Users, user => Assert.Equal((990m, 1), (bench.VirtFusion.Wallet(user), bench.SentTo(user))));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task No_more_calls_are_under_way_than_allowed()
    {
        await using var bench = await WalletBench.StartAsync(("VirtFusion:MaxConcurrency", "3"));
        foreach (var user in Users)
            await bench.OweAsync(user);
        bench.Faults.Add("*", "", Fault.Slow(TimeSpan.FromMilliseconds(10)));

        Assert.Equal(200L, (await bench.DeliverAsync()).Tokens);
        Assert.Equal(3, bench.VirtFusion.MaxConcurrentRequests);
    }

    // More senders than the rate can serve within a claim's time would only watch each other's claims run out.
    [Fact]
    public async Task A_low_rate_is_slow_and_lets_no_claim_run_out()
    {
        await using var bench = await WalletBench.StartAsync(("VirtFusion:RequestsPerSecond", "1"), ("Wallet:ClaimTime", "00:00:15"));
        await bench.ProveAsync();
        foreach (var user in Users.Take(10))
            await bench.OweAsync(user);

        var result = await bench.DeliverAsync();

        Assert.Equal((100L, 0), (result.Tokens, result.Failures.Count));
        Assert.Equal(10, bench.VirtFusion.Requests.Count("GET", WalletBench.Balance));
    }

    // The debit is settled and not yet committed when the run adds up: what the run sees then is neither owed twice nor forgotten.
    [Fact]
    public async Task A_debit_that_settles_while_a_run_adds_up_is_counted_once()
    {
        var march = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        await using var bench = await WalletBench.StartAsync();
        await bench.Panel.AddServerAsync(1, 11, 50.00m, march);
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Answer(422), times: 1);
        await bench.Panel.BillAsync(march.AddHours(1));

        Task settling, running;
        await using (await bench.LockAsync("lock table public.transactions in exclusive mode"))
        {
            settling = bench.DeliverAsync();
            await bench.Database.BlockedAsync(1);
            running = bench.Panel.BillAsync(march.AddHours(5));
            await bench.Database.BlockedAsync(2);
        }
        await Task.WhenAll(settling, running);

        Assert.Equal(100_000 - decimal.Floor(await bench.Panel.ChargedAsync(1) * 100), bench.VirtFusion.Wallet(11));
        Assert.Equal([-6m, -28m], bench.VirtFusion.Credits.Select(credit => credit.Tokens));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task An_account_has_one_open_debit_whoever_opens_it()
    {
        await using var bench = await WalletBench.StartAsync();
        Task<long>[] opening;
        await bench.OweAsync(11, 0.001m);
        await using (await bench.LockAccountsAsync())
        {
            opening = [bench.OweAsync(11), bench.OweAsync(11), bench.OweAsync(11)];
            await bench.Database.BlockedAsync(3);
        }
        var opened = await Task.WhenAll(opening);

        var id = Assert.Single(opened, id => id != 0);
        Assert.Equal(10L, (await bench.DebitAsync(id)).Tokens);
        await bench.DeliverAsync();
        Assert.Equal(970m, bench.VirtFusion.Wallet(11));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task No_debit_settles_while_a_run_adds_up_what_is_owed()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        await using var connection = await bench.Database.Source.OpenConnectionAsync(ct);
        await using var adding = await connection.BeginTransactionAsync(ct);
        await ChargeLocks.TakeAsync(connection, ct);

        var delivering = bench.DeliverAsync();
        await bench.Database.BlockedAsync(1);
        Assert.Equal((DebitState.Sending, 990m), ((await bench.DebitAsync(id)).State, bench.VirtFusion.Wallet(11)));
        await adding.RollbackAsync(ct);
        await delivering;

        Assert.Equal(DebitState.Settled, (await bench.DebitAsync(id)).State);
    }

    [Fact]
    public async Task A_debit_that_another_is_claiming_is_passed_over()
    {
        await using var bench = await WalletBench.StartAsync();
        var (claimed, free) = (await bench.OweAsync(11), await bench.OweAsync(12));
        await using var claiming = await bench.LockDebitAsync(claimed);

        var claim = await bench.ClaimAsync().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal(free, claim.DebitId);
        Assert.Null(await bench.Get<Claims>().TakeAsync(null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_refund_waits_for_a_run_that_charges_and_gives_back_what_is_left()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.OweAsync(11, 0.001m);
        await bench.Database.ExecuteAsync(TransferSql("credit_note", "r.id, c.id, 0.101"));
        Task<long?> opening;
        await using (var run = await bench.LockAsync(TransferSql("charge", "c.id, r.id, 0.06")))
        {
            opening = bench.RefundAsync(11, "an outage");
            await bench.Database.BlockedAsync(1);
            await run.CommitAsync();
        }

        Assert.Equal(4L, (await bench.DebitAsync(await opening ?? 0)).Tokens);
    }

    private static string TransferSql(string kind, string fromToAmount) => $"""
        insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, effective_at)
        select '{kind}', {fromToAmount}, '{kind}:test', now() from cron_service.accounts c, cron_service.accounts r
            where c.user_id = 11 and r.kind = 'revenue'
        """;
}
