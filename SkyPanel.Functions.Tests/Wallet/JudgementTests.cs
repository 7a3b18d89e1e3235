using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>A lost answer is judged by the balance, and only by what the balance proves.</summary>
public sealed class JudgementTests
{
    [Fact]
    public async Task Lower_by_exactly_the_tokens_was_taken()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.DoubtAsync(11, moved: true);

        await bench.ResolveAsync();

        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Settled, null, 1), (debit.State, debit.CreditId, bench.SentTo(11)));
        Assert.Equal(0m, await bench.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11"));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Unchanged_twice_on_a_proven_panel_was_not_taken()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.DoubtAsync(11, moved: false);

        await bench.ResolveAsync();
        Assert.Equal(DebitState.InDoubt, (await bench.DebitAsync(id)).State);
        await bench.ResolveAsync();
        Assert.Equal(DebitState.Pending, (await bench.DebitAsync(id)).State);

        await bench.DeliverAsync();
        Assert.Equal(DebitState.Settled, (await bench.DebitAsync(id)).State);
        Assert.Equal(990m, bench.VirtFusion.Wallet(11));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Unchanged_on_a_panel_that_was_never_seen_to_lower_a_balance_is_held()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.DoubtAsync(11, moved: false);

        for (var pass = 0; pass < 3; pass++)
            await bench.ResolveAsync();

        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Held, 1000m), (debit.State, debit.LastReadingTokens));
        Assert.Contains("never yet seen to fall", debit.Message, StringComparison.Ordinal);
    }

    // Too early is before the deadline, and after it but within the wait.
    [Theory]
    [InlineData("10 seconds")]
    [InlineData("-4 minutes")]
    public async Task Unchanged_too_early_counts_for_nothing(string deadlineFromNow)
    {
        await using var bench = await WalletBench.StartAsync(("Wallet:InDoubtWait", "00:05:00"));
        await bench.ProveAsync();
        var id = await bench.DoubtAsync(11, moved: false);
        await bench.Database.ExecuteAsync("update cron_service.debits set deadline = now() + @at::interval where id = @id", ("id", id),
            ("at", deadlineFromNow));

        for (var pass = 0; pass < 3; pass++)
            await bench.ResolveAsync();

        Assert.Equal((DebitState.InDoubt, null), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).LastReadingAt));
        await bench.PassHourAsync();
        await bench.ResolveAsync();
        Assert.Equal(DebitState.InDoubt, (await bench.DebitAsync(id)).State);
        await bench.ResolveAsync();
        Assert.Equal(DebitState.Pending, (await bench.DebitAsync(id)).State);
    }

    [Theory]
    [InlineData(true, 500, 1490)] // Taken, and topped up.
    [InlineData(false, 500, 1500)] // Not taken, and topped up.
    [InlineData(true, -1, 989)] // Taken, and lowered by somebody else.
    [InlineData(false, -9, 991)]
    [InlineData(false, -10.5, 989.5)]
    [InlineData(false, 10, 1010)] // A refund's movement is no debit's.
    public async Task Anything_else_is_held_with_the_figures(bool moved, decimal shift, decimal balance)
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.DoubtAsync(11, moved);
        bench.VirtFusion.ShiftWallet(11, shift);

        for (var pass = 0; pass < 3; pass++)
            await bench.ResolveAsync();
        await bench.DeliverAsync();

        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Held, 1000m, balance, 1), (debit.State, debit.BalanceBeforeTokens, debit.LastReadingTokens,
            bench.SentTo(11)));
        Assert.Contains("something else moved the wallet", debit.Message, StringComparison.Ordinal);
        Assert.Equal(0.10m, await bench.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11"));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Unchanged_at_first_and_moved_at_the_second_reading_is_held()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.DoubtAsync(11, moved: false);

        await bench.ResolveAsync();
        bench.VirtFusion.ShiftWallet(11, 1);
        await bench.ResolveAsync();

        Assert.Equal(DebitState.Held, (await bench.DebitAsync(id)).State);
    }

    // The slowest VirtFusion that the wait allows for: it acts between the two readings.
    [Fact]
    public async Task Unchanged_at_first_and_lower_at_the_second_reading_was_taken()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.DoubtAsync(11, moved: false);

        await bench.ResolveAsync();
        bench.VirtFusion.ShiftWallet(11, -10);
        await bench.ResolveAsync();

        Assert.Equal((DebitState.Settled, 1), ((await bench.DebitAsync(id)).State, bench.SentTo(11)));
    }

    [Theory]
    [InlineData(200, """{"data":{"credit":{}}}""")]
    [InlineData(200, """{"data":{"credit":{"tokens":"a thousand"}}}""")]
    [InlineData(200, "<html>")]
    [InlineData(401, "")]
    [InlineData(403, """{"msg":"forbidden"}""")]
    [InlineData(503, "")]
    public async Task No_reading_is_never_a_balance_of_nothing(int status, string body)
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        // A wallet of 10 less 10 is 0: a reading that is missing must not look like that.
        await bench.Panel.AddUserAsync(11, 10);
        var id = await bench.DoubtAsync(11, moved: false);
        bench.Faults.Add("GET", WalletBench.Balance, Fault.Answer(status, body).With("Retry-After", "0"));

        for (var pass = 0; pass < 3; pass++)
            await bench.ResolveAsync();

        Assert.Equal((DebitState.InDoubt, null), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).LastReadingAt));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_zero_that_was_read_is_a_reading()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.Panel.AddUserAsync(11, 10);
        var id = await bench.DoubtAsync(11, moved: true);

        await bench.ResolveAsync();

        Assert.Equal(DebitState.Settled, (await bench.DebitAsync(id)).State);
    }

    [Theory]
    [InlineData(true, 0, DebitState.Settled)]
    [InlineData(false, 0, DebitState.Pending)]
    [InlineData(false, -10, DebitState.Held)] // A debit's movement is no refund's.
    [InlineData(true, 5, DebitState.Held)]
    public async Task A_refund_is_judged_in_the_mirror(bool moved, decimal shift, DebitState state)
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.OweBackAsync(11, 10);
        bench.Faults.Add("POST", WalletBench.Credit, moved ? Fault.Reset().AfterActing() : Fault.Reset(), times: 1);
        await bench.DeliverAsync();
        await bench.PassHourAsync();
        bench.VirtFusion.ShiftWallet(11, shift);

        for (var pass = 0; pass < 2; pass++)
            await bench.ResolveAsync();

        Assert.Equal(state, (await bench.DebitAsync(id)).State);
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Two_who_judge_at_once_settle_once()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.DoubtAsync(11, moved: true);

        Task[] judging;
        await using (await bench.LockAccountsAsync())
        {
            judging = [bench.ResolveAsync(), bench.ResolveAsync()];
            await bench.Database.BlockedAsync(2);
        }
        await Task.WhenAll(judging);

        Assert.Equal(DebitState.Settled, (await bench.DebitAsync(id)).State);
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task One_judgement_that_cannot_be_written_keeps_nobody_else_in_doubt()
    {
        await using var bench = await WalletBench.StartAsync();
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Reset().AfterActing());
        var ids = new List<long>();
        for (var user = 11; user <= 20; user++)
            ids.Add(await bench.OweAsync(user));
        await bench.DeliverAsync();
        await bench.Database.ExecuteAsync("""
            create function public.refuse() returns trigger language plpgsql as
                $$ begin raise exception 'again later' using errcode = '40001'; end $$;
            create trigger refuse before insert on public.transactions for each row when (new.user_id = 11) execute function public.refuse()
            """);

        await bench.ResolveAsync();

        Assert.Equal(DebitState.InDoubt, (await bench.DebitAsync(ids[0])).State);
        foreach (var id in ids.Skip(1))
            Assert.Equal(DebitState.Settled, (await bench.DebitAsync(id)).State);
        await bench.AssertLawsAsync();
    }
}
