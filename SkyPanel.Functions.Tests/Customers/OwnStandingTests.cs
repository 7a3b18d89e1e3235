using SkyPanel.Functions.Customers;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>How a customer's own page says that money is missing.</summary>
public sealed class OwnStandingTests
{
    [Fact]
    public async Task A_debit_that_waits_for_money_is_not_taken_yet_and_leaves_the_account_below_zero()
    {
        await using var bench = await CustomersBench.StartAsync();
        bench.VirtFusion.RefusesOverdrafts = true;
        await bench.AddAsync(1, 10);
        await bench.BeatAsync(1);
        var account = await ReadAsync(bench);

        Assert.Equal((10m, 0.20m, -0.10m, Standing.Overdue),
            (account.Balance!.Tokens, account.Owed, account.Available, account.State));
    }

    [Theory]
    [InlineData("""
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, state)
        select id, 'debit', 1, 0.01, 'a test', 'held' from cron_service.accounts where user_id = 1
        """)]
    [InlineData("""
        insert into cron_service.holds (scope, account_id, from_hour, until_hour, hours, reason)
        select 'account', id, date_trunc('hour', now()) - interval '1 hour', date_trunc('hour', now()), 1, 'a test'
        from cron_service.accounts where user_id = 1
        """)]
    public async Task Who_is_below_zero_is_warned_also_where_an_operator_has_to_decide(string hold)
    {
        await using var bench = await CustomersBench.StartAsync();
        await bench.AddAsync(1, 10);
        await bench.DueAsync(1);
        await bench.Database.ExecuteAsync(hold);

        Assert.Equal(Standing.Due, (await ReadAsync(bench)).State);
    }

    private static async Task<OwnAccount> ReadAsync(CustomersBench bench) => await bench.Get<OwnPage>().ReadAsync(
        new(1, await bench.AccountAsync(1), 1, TimeProvider.System.GetUtcNow().UtcDateTime), CustomersBench.Cancel);
}
