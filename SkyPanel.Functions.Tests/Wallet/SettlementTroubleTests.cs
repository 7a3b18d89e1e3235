using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>The wallet has moved, and the database is in trouble just then.</summary>
public sealed class SettlementTroubleTests
{
    private const string TerminateSql = """
        select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
        """;

    [Fact]
    public async Task A_settlement_whose_connection_is_cut_is_repeated()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);

        Task<DeliveryResult> delivering;
        await using (await bench.LockAccountsAsync())
        {
            delivering = bench.DeliverAsync();
            await bench.Database.BlockedAsync(1);
            Assert.Equal(1L, await bench.Database.ScalarAsync<long>(TerminateSql));
            await bench.Database.BlockedAsync(1);
        }

        Assert.Equal((10L, 0), ((await delivering).Tokens, (await delivering).Failures.Count));
        Assert.Equal((DebitState.Settled, "1", 1), ((await bench.DebitAsync(id)).State, (await bench.DebitAsync(id)).CreditId,
            bench.SentTo(11)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_settlement_that_never_succeeds_is_left_to_the_balance_and_the_others_are_settled()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.Database.ExecuteAsync("""
            create function public.refuse() returns trigger language plpgsql as
                $$ begin raise exception 'again later' using errcode = '40001'; end $$;
            create trigger refuse before insert on public.transactions for each row when (new.user_id = 11) execute function public.refuse()
            """);
        var (stuck, other) = (await bench.OweAsync(11), await bench.OweAsync(12));

        var result = await bench.DeliverAsync();

        Assert.Equal(stuck, Assert.Single(result.Failures).DebitId);
        Assert.Equal((DebitState.Sending, DebitState.Settled),
            ((await bench.DebitAsync(stuck)).State, (await bench.DebitAsync(other)).State));
        await bench.Database.ExecuteAsync("drop trigger refuse on public.transactions");
        await bench.DeliverAsync();
        await bench.PassHourAsync();
        await bench.ResolveAsync();
        Assert.Equal((DebitState.Settled, 1), ((await bench.DebitAsync(stuck)).State, bench.SentTo(11)));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task A_claim_whose_connection_is_cut_while_storing_the_balance_sends_nothing()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.ProveAsync();
        var id = await bench.OweAsync(11);
        var gate = new RequestGate();
        bench.Faults.Add("GET", WalletBench.Balance, Fault.Hold(gate), times: 1);

        var delivering = bench.DeliverAsync();
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        await using (await bench.LockDebitAsync(id))
        {
            gate.Open();
            await bench.Database.BlockedAsync(1);
            await bench.Database.ScalarAsync<long>(TerminateSql);
        }

        Assert.Single((await delivering).Failures);
        Assert.Equal(0, bench.SentTo(11));
        await bench.PassHourAsync();
        await bench.ResolveAsync();
        await bench.DeliverAsync();
        Assert.Equal(990m, bench.VirtFusion.Wallet(11));
        await bench.AssertLawsAsync();
    }
}
