using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Finds changes of wallets between two readings that our debits, refunds and grants don't explain.</summary>
public sealed class Drifts(NpgsqlDataSource database)
{
    // A balance is read before each debit is sent, and between debits. Only one debit of an account is under way at a time, so the debit of
    // the earlier reading explains all of our changes until the later one. While it is open, its change is unknown.
    private const string Movements = $"""
        with readings as (
            select d.account_id, d.last_attempt_at as read_at, d.balance_before_tokens as tokens, case
                       when d.state in ('pending', 'voided') then 0 when d.state <> 'settled' then null
                       when d.kind in ('refund', 'grant') then d.tokens else -d.tokens end as moved,
                   case when d.decided_by is not null then d.decided_by || ': ' || coalesce(d.decision_reason, '') end as note
            from cron_service.debits d
            where d.balance_before_tokens is not null and d.last_attempt_at >= @from_at and d.last_attempt_at < @until_at
              and (@account_id::bigint is null or d.account_id = @account_id)
            union all
            select account_id, read_at, tokens, null, null from cron_service.wallet_readings r
            where read_at >= @from_at and read_at < @until_at and (@account_id::bigint is null or account_id = @account_id)
              and not exists (select from cron_service.debits d
                              where d.account_id = r.account_id and d.state = 'settled' and d.settled_at > r.read_at
                                  and d.last_attempt_at <= r.read_at)
        ), pairs as (
            select account_id, lag(read_at) over w as from_at, read_at as until_at, lag(tokens) over w as before,
                lag(moved) over w as moved,
                   lag(note) over w as note, tokens as after
            from readings window w as (partition by account_id order by read_at)
        ), movements as (
            select a.user_id, {CustomerName.Sql} as name, p.*, p.after - p.before - p.moved as unexplained
            from pairs p join cron_service.accounts a on a.id = p.account_id left join public.users u on u.id = a.user_id
            where p.before is not null and p.moved is not null
        )
        """;

    private const string AccountsSql = $"""
        {Movements}
        select user_id, name, count(*)::integer + 1 as readings,
               coalesce(trim_scale(sum(unexplained) filter (where note is null)), 0) as unexplained_tokens,
               coalesce(trim_scale(sum(unexplained) filter (where note is null and unexplained > 0)), 0) as raised_tokens,
               coalesce(trim_scale(-sum(unexplained) filter (where note is null and unexplained < 0)), 0) as lowered_tokens,
               coalesce(trim_scale(sum(unexplained) filter (where note is not null)), 0) as noted_tokens,
               min(from_at) as from_at, max(until_at) as to_at
        from movements group by user_id, name having bool_or(unexplained <> 0)
        order by sum(abs(movements.unexplained)) filter (where note is null) desc nulls last, user_id limit @most
        """;

    private const string MovementsSql = $"""
        {Movements}
        select user_id, name, from_at, until_at as to_at, trim_scale(before) as tokens_before, trim_scale(moved) as explained_tokens,
               trim_scale(after) as tokens_after, trim_scale(unexplained) as unexplained_tokens, note
        from movements where unexplained <> 0 order by until_at desc, user_id limit @most
        """;

    private const string ReadSql = """
        select count(distinct account_id)::integer from (
            select account_id from cron_service.debits where balance_before_tokens is not null and last_attempt_at >= @from_at
                and last_attempt_at < @until_at and (@account_id::bigint is null or account_id = @account_id)
            union all
            select account_id from cron_service.wallet_readings
            where read_at >= @from_at and read_at < @until_at and (@account_id::bigint is null or account_id = @account_id)) as readings
        """;

    private const string RangeSql = """
        select coalesce(@from_at::timestamptz, coalesce(@until_at::timestamptz, now()) - interval '30 days') as from_at,
               coalesce(@until_at::timestamptz, now()) as until_at,
               (select id from cron_service.accounts where user_id = @user_id::integer) as account_id
        """;

    /// <param name="from">The time of the first readings; null for 30 days before <paramref name="to"/>.</param>
    /// <param name="to">Null for now.</param>
    /// <param name="userId">Only this customer; null for all.</param>
    /// <param name="max">The maximum number of accounts, and of movements.</param>
    /// <returns>Null when the customer has no account.</returns>
    public async Task<Drift?> FindAsync(DateTimeOffset? from, DateTimeOffset? to, int? userId, int max, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginSnapshotAsync(ct);
        var (begin, until, accountId) = (await connection.QueryAsync(RangeSql,
            row => (row.Get<DateTime>("from_at"), row.Get<DateTime>("until_at"), row.Get<long?>("account_id")), ct,
            ("from_at", from?.UtcDateTime), ("until_at", to?.UtcDateTime), ("user_id", userId)))[0];
        if (userId is not null && accountId is null)
            return null;
        (string, object?)[] parameters = [("from_at", begin), ("until_at", until), ("account_id", accountId), ("most", max)];
        return new(begin, until, await connection.ScalarLongAsync<int>(ReadSql, ct, parameters),
            await connection.QueryLongAsync<DriftAccount>(AccountsSql, ct, parameters),
            await connection.QueryLongAsync<DriftMovement>(MovementsSql, ct, parameters));
    }
}
