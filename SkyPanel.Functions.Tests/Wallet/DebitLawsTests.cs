using Npgsql;

namespace SkyPanel.Functions.Tests.Wallet;

/// <summary>What the database refuses, whoever asks.</summary>
public sealed class DebitLawsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly string[] States = ["pending", "sending", "in_doubt", "held", "settled", "voided"];

    private static readonly HashSet<(string From, string To)> Arrows =
    [
        ("pending", "sending"),
        ("sending", "settled"), ("sending", "pending"), ("sending", "held"), ("sending", "in_doubt"),
        ("in_doubt", "settled"), ("in_doubt", "pending"), ("in_doubt", "held"),
        ("held", "settled"), ("held", "pending"), ("held", "voided"),
    ];

    [Fact]
    public async Task A_debit_changes_by_allowed_transitions_only()
    {
        foreach (var (from, to) in States.SelectMany(from => States.Select(to => (from, to))).Where(pair => pair.from != pair.to))
        {
            var id = await DebitAsync(from);
            var change = () => database.ExecuteAsync("""
                update cron_service.debits set state = @to, deadline = coalesce(deadline, now()), claim_number = claim_number + case
                    when @to = 'sending' then 1 else 0 end,
                    settled_at = case when @to = 'settled' then now() end
                where id = @id
                """, ("id", id), ("to", to));
            if (Arrows.Contains((from, to)))
                Assert.Equal(1, await change());
            else
                await RefusedAsync(change);
        }
    }

    [Theory]
    [InlineData("tokens = tokens + 1")]
    [InlineData("amount = amount + 0.01")]
    [InlineData("dns_amount = 0.05")]
    [InlineData("kind = 'refund'")]
    [InlineData("account_id = 1")]
    [InlineData("created_at = created_at - interval '1 day'")]
    [InlineData("claim_number = claim_number + 1")]
    [InlineData("claim_number = claim_number - 1")]
    public async Task What_a_debit_is_never_changes(string change)
    {
        foreach (var state in States)
        {
            var id = await DebitAsync(state);
            await RefusedAsync(() => database.ExecuteAsync($"update cron_service.debits set {change} where id = @id", ("id", id)));
        }
    }

    [Theory]
    [InlineData("settled")]
    [InlineData("voided")]
    public async Task A_decided_debit_never_changes_again(string state)
    {
        var id = await DebitAsync(state);
        await RefusedAsync(() => database.ExecuteAsync("update cron_service.debits set message = 'other' where id = @id", ("id", id)));
        await RefusedAsync(() => database.ExecuteAsync("update cron_service.debits set credit_id = '9' where id = @id", ("id", id)));
    }

    [Theory]
    [InlineData("settled_at = now()", true)]
    [InlineData("settled_at = now(), last_attempt_at = now()", true)]
    [InlineData("settled_at = settled_at - interval '1 hour'", false)]
    [InlineData("settled_at = now(), last_attempt_at = null", false)]
    [InlineData("settled_at = now(), last_attempt_at = now() + interval '1 hour'", false)]
    [InlineData("settled_at = now(), state = 'voided'", false)]
    [InlineData("settled_at = now(), tokens = tokens + 1", false)]
    [InlineData("settled_at = now(), credit_id = '9'", false)]
    [InlineData("last_attempt_at = now()", false)]
    public async Task The_times_of_a_settled_debit_may_move_once_from_the_future_to_the_present(string change, bool isAllowed)
    {
        var id = await DebitAsync("sending");
        await database.ExecuteAsync("update cron_service.debits set state = 'settled', settled_at = now() + interval '2 days', " +
            "last_attempt_at = now() + interval '2 days' where id = @id", ("id", id));
        var move = () => database.ExecuteAsync($"update cron_service.debits set {change} where id = @id", ("id", id));

        if (isAllowed)
            Assert.Equal(1, await move());
        await RefusedAsync(move);
    }

    [Fact]
    public async Task A_debit_is_never_deleted()
    {
        foreach (var state in States)
        {
            var id = await DebitAsync(state);
            await RefusedAsync(() => database.ExecuteAsync("delete from cron_service.debits where id = @id", ("id", id)));
        }
        await RefusedAsync(() => database.ExecuteAsync("truncate cron_service.debits"));
    }

    [Fact]
    public async Task An_account_has_one_open_debit()
    {
        await DebitAsync("held", userId: 900);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => DebitAsync("pending", userId: 900));
        Assert.Equal("debits_open", refused.ConstraintName);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_debit_is_of_at_least_one_token(int tokens) =>
        await Assert.ThrowsAsync<PostgresException>(() => DebitAsync("pending", tokens: tokens));

    private static async Task RefusedAsync(Func<Task<int>> change) =>
        Assert.Equal("23000", (await Assert.ThrowsAsync<PostgresException>(change)).SqlState);

    private Task<long> AccountAsync(int? userId = null) => database.ScalarAsync<long>("""
        insert into cron_service.accounts (kind, user_id) values ('customer',
            coalesce(@user::integer, (select 1000 + max(id) from cron_service.accounts)))
        on conflict (user_id) do update set kind = 'customer' returning id
        """, ("user", userId));

    private async Task<long> DebitAsync(string state, int? userId = null, int tokens = 10) => await database.ScalarAsync<long>("""
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, claim_number, deadline, settled_at)
        values (@account, 'debit', @tokens, 0.10, 'test', @state, 1, now(), case when @state = 'settled' then now() end) returning id
        """, ("account", await AccountAsync(userId)), ("tokens", tokens), ("state", state));
}
