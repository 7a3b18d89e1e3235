using SkyPanel.Demo.Simulators;
using SkyPanel.Functions.Tests.Wallet;

namespace SkyPanel.Functions.Tests.Dns;

/// <summary>The guards of servers hold for DNS plans too: nobody is suspended who is exempt, or whose money is on its way.</summary>
public sealed class SuspensionGuardTests
{
    [Theory]
    [InlineData("insert into cron_service.customers (account_id, exempt_until, exempt_reason) select id, now() + interval '1 hour', 'a " +
        "test' from cron_service.accounts where user_id = 1",
        "update cron_service.customers set exempt_until = now()")]
    [InlineData("insert into cron_service.top_ups (account_id, amount, currency, tokens_per_unit, tokens, opened_by, state) select id, " +
        "10, 'USD', 100, 1000, 'a test', 'pending' from cron_service.accounts where user_id = 1",
        "update cron_service.top_ups set state = 'denied'")]
    public async Task A_plan_is_not_suspended_while_something_stands_in_the_way(string begins, string ends)
    {
        await using var panel = await DnsBench.StartAsync(("Dns:Grace", "00:00:00"));
        await panel.SubscribeAsync(1, userId: 1, price: 5, "2026-03-01", tokens: 10);
        await panel.Database.ExecuteAsync("insert into cron_service.accounts (kind, user_id) values ('customer', 1)");
        await panel.Database.ExecuteAsync(begins);
        await panel.RenewAsync("2026-03-02");
        Assert.Equal("active", await StatusAsync(panel));

        await panel.Database.ExecuteAsync(ends);
        await panel.RenewAsync("2026-03-03");
        Assert.Equal("suspended", await StatusAsync(panel));
    }

    [Fact]
    public async Task More_than_the_policy_allows_a_run_are_not_suspended_and_the_run_says_so()
    {
        await using var panel = await DnsBench.StartAsync(("Dns:Grace", "00:00:00"));
        for (var id = 1; id <= 12; id++)
            await panel.SubscribeAsync(id, userId: id, price: 5, "2026-03-01", tokens: 10);

        var refused = await panel.RenewAsync("2026-03-02");
        Assert.Equal((0, 12), (refused.Suspended, refused.InGrace));
        Assert.Contains(refused.Problems, problem => problem.Message.StartsWith(
            "12 subscriptions are to be suspended, and a run may suspend 10", StringComparison.Ordinal));

        await panel.Database.ExecuteAsync("update cron_service.customer_policy set max_per_run = 12");
        Assert.Equal(12, (await panel.RenewAsync("2026-03-03")).Suspended);
    }

    [Fact]
    public async Task Who_pays_between_the_reading_and_the_suspension_is_renewed_by_the_next_run()
    {
        await using var panel = await DnsBench.StartAsync(("Dns:Grace", "00:00:00"));
        await panel.SubscribeAsync(1, userId: 1, price: 5, "2026-03-01", tokens: 10);
        await using var held = await HeldRows.HoldAsync(panel.Database, "lock table cron_service.dns_graces in exclusive mode");
        var run = panel.RenewAsync("2026-03-02");
        await panel.Database.BlockedAsync(1);
        panel.VirtFusion.ShiftWallet(1, 1000);
        await held.LetGoAsync();

        Assert.Equal(0, (await run).Suspended);
        Assert.Equal((1, "active"), ((await panel.RenewAsync("2026-03-02 01:00")).Renewed, await StatusAsync(panel)));
    }

    [Fact]
    public async Task Who_gets_tokens_while_the_wallet_is_read_is_not_suspended_by_that_reading()
    {
        await using var panel = await DnsBench.StartAsync(("Dns:Grace", "00:00:00"));
        await panel.SubscribeAsync(1, userId: 1, price: 5, "2026-03-01", tokens: 10);
        await panel.Database.ExecuteAsync("insert into cron_service.accounts (kind, user_id) values ('customer', 1)");
        await using var held = await HeldRows.HoldAsync(panel.Database, "lock table cron_service.dns_graces in exclusive mode");
        var run = panel.RenewAsync("2026-03-02");
        await panel.Database.BlockedAsync(1);
        var gate = new RequestGate();
        panel.VirtFusion.Faults.Add("GET", WalletBench.Balance, Fault.Hold(gate).AfterActing(), times: 1);
        await held.LetGoAsync();
        await gate.WaitForArrivalsAsync(1, TestContext.Current.CancellationToken);
        await panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, claim_number, deadline)
            select id, 'refund', 600, 6, 'a refund', 'sending', 1, now() from cron_service.accounts where user_id = 1;
            select cron_service.settle_debit(id, 1, '{sending}', null, null, null, null) from cron_service.debits
            """);
        gate.Open();

        Assert.Equal((0, "active"), ((await run).Suspended, await StatusAsync(panel)));
    }

    // 520 tokens are needed; of the 510 an hourly debit takes 20, and so many are paid; 500 are needed then.
    [Theory]
    [InlineData(15, "active")]
    [InlineData(9, "suspended")]
    [InlineData(0, "suspended")]
    public async Task A_debit_that_settles_between_the_reading_and_the_suspension_neither_hides_a_payment_nor_counts_as_one(int paid,
        string status)
    {
        await using var panel = await DnsBench.StartAsync(("Dns:Grace", "00:00:00"));
        await panel.SubscribeAsync(1, userId: 1, price: 5, "2026-03-01", tokens: 510);
        await panel.Database.ExecuteAsync("""
            insert into cron_service.accounts (kind, user_id) values ('customer', 1);
            insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, effective_at)
            select 'charge', c.id, r.id, 0.20, 'charge:test', now() from cron_service.accounts c, cron_service.accounts r
                where c.user_id = 1 and r.kind = 'revenue'
            """);
        await using var held = await HeldRows.HoldAsync(panel.Database, "lock table cron_service.dns_graces in exclusive mode");
        var run = panel.RenewAsync("2026-03-02");
        await panel.Database.BlockedAsync(1);
        panel.VirtFusion.ShiftWallet(1, paid - 20);
        await panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, claim_number, deadline)
            select id, 'debit', 20, 0.20, 'an hour', 'sending', 1, now() from cron_service.accounts where user_id = 1;
            select cron_service.settle_debit(id, 1, '{sending}', null, null, null, null) from cron_service.debits
            """);
        await held.LetGoAsync();

        var result = await run;
        Assert.Equal((status == "suspended" ? 1 : 0, status), (result.Suspended, await StatusAsync(panel)));
        var line = Assert.Single(result.Problems).Message;
        Assert.Contains(status == "suspended" ? "is suspended," : "is not suspended, though its grace ended at 2026-03-02 00:00 UTC,", line,
            StringComparison.Ordinal);
        if (status == "active")
            Assert.Equal(1, (await panel.RenewAsync("2026-03-02 01:00")).Renewed);
    }

    private static Task<string?> StatusAsync(TestPanel panel) =>
        panel.Database.ScalarAsync<string>("select status from public.dns_plan_subscriptions");
}
