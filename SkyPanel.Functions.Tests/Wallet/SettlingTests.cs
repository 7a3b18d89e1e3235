using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Wallet;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>The way that nearly every debit goes: claimed, sent, settled.</summary>
public sealed class SettlingTests
{
    [Fact]
    public async Task A_debit_that_VirtFusion_confirms_is_settled_with_its_credit()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11, 0.109999m);

        var result = await bench.DeliverAsync();

        Assert.Equal((10L, null, 0), (result.Tokens, result.StopReason, result.Failures.Count));
        var debit = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Settled, 10L, 0.10m, "1", 1000m), (debit.State, debit.Tokens, debit.Amount, debit.CreditId,
            debit.BalanceBeforeTokens));
        var credit = Assert.Single(bench.VirtFusion.Credits);
        Assert.Equal((-10m, id, debit.Reference), (credit.Tokens, credit.Reference1, credit.Reference2));
        Assert.Equal(990m, bench.VirtFusion.Wallet(11));
        Assert.Equal(0.009999m, await bench.Database.ScalarAsync<decimal>(
            "select owed_amount from cron_service.accounts where user_id = 11"));
        Assert.Equal(("debit", 0.10m),
            (await bench.Database.ScalarAsync<string>("select kind from cron_service.transfers where external_id = 'debit:' || @id",
            ("id", id)),
            await bench.Database.ScalarAsync<decimal>("select amount from cron_service.transfers where external_id = 'debit:' || @id",
                ("id", id))));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task The_first_confirmed_debit_proves_that_readings_move()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);

        await bench.DeliverAsync();

        Assert.Equal(id, await bench.Database.ScalarAsync<long>("select debit_id from cron_service.wallet_proofs"));
    }

    [Fact]
    public async Task A_wallet_that_moved_otherwise_meanwhile_proves_nothing()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.OweAsync(11);
        var gate = new RequestGate();
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Hold(gate).AfterActing());

        var delivering = bench.DeliverAsync();
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        bench.VirtFusion.ShiftWallet(11, 500);
        gate.Open();
        await delivering;

        Assert.Equal(0L, await bench.Database.ScalarAsync<long>("select count(*) from cron_service.wallet_proofs"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_customer_sees_a_settled_debit_in_the_panel(bool hasCreditColumn)
    {
        await using var bench = await WalletBench.StartAsync();
        if (!hasCreditColumn)
            await bench.Database.ExecuteAsync("alter table public.transactions drop column virtfusion_credit_id");
        var id = await bench.OweAsync(11);

        await bench.DeliverAsync();

        Assert.Equal(1L, await bench.Database.ScalarAsync<long>("""
            select count(*) from public.transactions
            where user_id = 11 and amount = -0.10::real and type = 'server_hourly_billing' and status = 'completed'
                and payment_id = 'debit:' || @id
              and created_at between (now() at time zone 'UTC') - interval '1 minute' and now() at time zone 'UTC'
            """, ("id", id)));
        Assert.Equal(id, await bench.Database.ScalarAsync<long>(
            "select debit_id from cron_service.panel_rows where table_name = 'transactions'"));
        if (hasCreditColumn)
            Assert.Equal("1", await bench.Database.ScalarAsync<string>("select virtfusion_credit_id from public.transactions"));
    }

    [Fact]
    public async Task A_credit_column_that_the_panel_drops_while_the_app_runs_costs_no_row()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.OweAsync(11);
        await bench.DeliverAsync();
        await bench.Database.ExecuteAsync("alter table public.transactions drop column virtfusion_credit_id");

        for (var debit = 2; debit <= 3; debit++)
        {
            await bench.OweAsync(11);
            await bench.DeliverAsync();
            Assert.Equal(debit, await bench.Database.ScalarAsync<long>("select count(*) from public.transactions"));
        }
    }

    // Each breaks the panel's table in another way; the money has moved all the same.
    [Theory]
    [InlineData("drop table public.transactions")]
    [InlineData("alter table public.transactions add constraint no_debits check (amount > 0)")]
    [InlineData("alter table public.transactions drop column payment_method")]
    [InlineData("alter table public.transactions alter payment_id type integer using null")]
    [InlineData("""
        create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'not here'; end $$;
        create trigger refuse before insert on public.transactions for each row execute function public.refuse()
        """)]
    public async Task A_row_that_the_panel_refuses_never_rolls_the_ledger_back(string breaking)
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        await bench.Database.ExecuteAsync(breaking);

        await bench.DeliverAsync();

        Assert.Equal(DebitState.Settled, (await bench.DebitAsync(id)).State);
        Assert.Equal(0L, await bench.Database.ScalarAsync<long>("select count(*) from cron_service.panel_rows"));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task What_came_due_while_a_debit_was_out_is_taken_by_the_next_one()
    {
        await using var bench = await WalletBench.StartAsync();
        var first = await bench.OweAsync(11);
        var gate = new RequestGate();
        bench.Faults.Add("POST", WalletBench.Credit, Fault.Hold(gate), times: 1);

        var delivering = bench.DeliverAsync();
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(0, await bench.OweAsync(11, 0.055m));
        gate.Open();
        await delivering;

        Assert.Equal([-10m, -5m], bench.VirtFusion.Credits.Select(credit => credit.Tokens));
        Assert.Equal(10L, (await bench.DebitAsync(first)).Tokens);
        Assert.Equal(0.005m, await bench.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11"));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Less_than_a_token_opens_no_further_debit()
    {
        await using var bench = await WalletBench.StartAsync();
        await bench.OweAsync(11, 0.109999m);
        await bench.DeliverAsync();

        Assert.Equal(0, await bench.OpenDebitAsync(11));
        Assert.Equal(0L, (await bench.DeliverAsync()).Tokens);
        Assert.Single(bench.VirtFusion.Credits);
    }

    [Fact]
    public async Task A_refund_goes_the_same_way_with_the_sign_turned()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweBackAsync(11, 10);

        var result = await bench.DeliverAsync();

        Assert.Equal(-10L, result.Tokens);
        var refund = await bench.DebitAsync(id);
        Assert.Equal((DebitState.Settled, "ann", "billed too much"), (refund.State, refund.DecidedBy, refund.DecisionReason));
        Assert.Equal(1010m, bench.VirtFusion.Wallet(11));
        Assert.Equal(0m, await bench.Database.ScalarAsync<decimal>("select owed_amount from cron_service.accounts where user_id = 11"));
        Assert.Equal(0.1f, await bench.Database.ScalarAsync<float>("select amount from public.transactions"));
        Assert.Equal(0L, await bench.Database.ScalarAsync<long>("select count(*) from cron_service.wallet_proofs"));
        await bench.AssertLawsAsync();
    }

    [Fact]
    public async Task Settling_again_does_nothing()
    {
        await using var bench = await WalletBench.StartAsync();
        var id = await bench.OweAsync(11);
        await bench.DeliverAsync();

        Assert.False(await bench.Get<Settlements>().SettleAsync(id, 1, "2", null, TestContext.Current.CancellationToken));
        Assert.Equal("1", (await bench.DebitAsync(id)).CreditId);
        await bench.AssertLawsAsync();
    }
}
