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

    private static Task<string?> StatusAsync(TestPanel panel) =>
        panel.Database.ScalarAsync<string>("select status from public.dns_plan_subscriptions");
}
