using SkyPanel.Functions.Database;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Tests.Billing;

namespace SkyPanel.Functions.Tests.Customers;

/// <summary>The list of accounts by runway and by state.</summary>
public sealed class AccountListTests
{
    [Fact]
    public async Task Who_runs_dry_first_is_listed_first_and_every_page_goes_on_where_the_one_before_ended()
    {
        await using var bench = await CustomersBench.StartAsync();
        foreach (var (user, tokens) in new[] { (1, 500m), (2, 10m), (3, 90_000m), (4, 500m) })
            await bench.AddAsync(user, tokens);
        await bench.AddAsync(5, 1000);
        bench.VirtFusion.Suspend(1005);
        await bench.BeatAsync(1);

        var (found, cursor) = (new List<AccountRow>(), (string?)null);
        do
        {
            var (ids, next) = await bench.Get<AccountPages>().ReadAsync(new() { Sort = "runway", Limit = 2, Cursor = cursor },
                CustomersBench.Cancel);
            found.AddRange(await bench.Get<AccountRows>().ReadAsync(ids, CustomersBench.Cancel));
            cursor = next;
            Assert.Matches("^-?[0-9]{1,12}(\\.[0-9]{1,6})?_[0-9]{1,10}$", cursor ?? "0_0");
        }
        while (cursor is not null);
        Assert.Equal([2, 1, 4, 3, 5], found.Select(account => account.UserId));
        Assert.Equal([AccountState.Overdue, AccountState.Ok, AccountState.Ok, AccountState.Ok, AccountState.Ok],
            found.Select(account => account.State));
        Assert.Equal([0, 48, 48], found.Take(3).Select(account => account.RunwayHours));
        Assert.InRange(found[3].RunwayHours ?? 0, 8970, 9030); // 900.00 at 0.10 an hour, and the cap of the longer months.
        Assert.Null(found[4].RunwayHours);
    }

    [Fact]
    public async Task By_what_is_owed_they_are_in_the_order_of_the_amounts_that_are_shown()
    {
        await using var bench = await CustomersBench.StartAsync();
        foreach (var user in new[] { 1, 2, 3 })
            await bench.AddAsync(user, 500);
        await bench.Database.ExecuteAsync("""
            update cron_service.accounts set owed_amount = user_id where kind = 'customer';
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state)
            select id, 'debit', 250, 2.5, 'a test', 'held' from cron_service.accounts where user_id = 3
            """);
        var (found, cursor) = (new List<AccountRow>(), (string?)null);
        do
        {
            (var ids, cursor) = await bench.Get<AccountPages>().ReadAsync(new() { Sort = "owed", Limit = 1, Cursor = cursor },
                CustomersBench.Cancel);
            found.AddRange(await bench.Get<AccountRows>().ReadAsync(ids, CustomersBench.Cancel));
        }
        while (cursor is not null);
        Assert.Equal([(2, 2m), (1, 1m), (3, 0.5m)], found.Select(account => (account.UserId, account.Owed)));
    }

    [Theory]
    [InlineData("ok", new[] { 1 })]
    [InlineData("overdue", new[] { 2 })]
    [InlineData("held", new[] { 3 })]
    [InlineData("suspended", new int[0])]
    public async Task A_state_lists_those_that_are_shown_with_it(string state, int[] users)
    {
        await using var bench = await CustomersBench.StartAsync();
        foreach (var (user, tokens) in new[] { (1, 500m), (2, 10m), (3, 10m) })
            await bench.AddAsync(user, tokens);
        await bench.BeatAsync(1);
        await bench.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state)
            select id, 'debit', 1, 0.01, 'a test', 'held' from cron_service.accounts where user_id = 3
            """);
        foreach (var sort in new[] { "id", "owed", "charges", "runway" })
        {
            var (ids, _) = await bench.Get<AccountPages>().ReadAsync(new() { Sort = sort, State = state }, CustomersBench.Cancel);
            var rows = await bench.Get<AccountRows>().ReadAsync(ids, CustomersBench.Cancel);
            Assert.Equal((sort, string.Join(',', users)), (sort, string.Join(',', rows.Select(row => row.UserId).Order())));
            Assert.All(rows, row => Assert.Equal(state, row.State.Text()));
        }
    }
}
