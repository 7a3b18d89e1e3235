using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers;

/// <summary>Updates the standings of accounts: the available amount, its runway, and the instant since when it is used up.</summary>
public sealed class Standings(NpgsqlDataSource database, IOptions<LedgerOptions> ledger, IOptions<BillingOptions> billing)
{
    // One process writes at a time: two could deadlock on the same rows.
    private const string LockSql = $"select pg_advisory_xact_lock({AdvisoryLocks.Standings})";
    private const string TryLockSql = $"select pg_try_advisory_xact_lock({AdvisoryLocks.Standings})";

    private const string LatestSql = "select id from cron_service.observations order by observed_at desc, id desc limit 1";
    private const string IsWrittenSql = $"""
        select observation_id is not distinct from ({LatestSql}) and observation_id is not null from cron_service.customer_policy
        """;

    private const string WrittenSql = $"update cron_service.customer_policy set observation_id = ({LatestSql})";
    private const string NotOkSql = "select account_id from cron_service.standings where state <> 'ok'";

    private const string FactsSql = """
        with burning as materialized (
            select * from cron_service.burns(@monthly_cap, @account_ids::bigint[])
        ), facts as (
            select a.account_id, a.tokens, a.read_at, a.available, s.overdue_since, s.below_since as before,
                   coalesce(b.hour_amount, 0) as burn, coalesce(b.month_amount, 0) as month_amount,
                       coalesce(b.full_amount, 0) as full_amount,
                   exists (select from cron_service.debits d
                       where d.account_id = a.account_id and d.state = 'pending' and d.is_short) as is_short,
                   exists (select from cron_service.suspensions x where x.account_id = a.account_id
                       and x.state in ('suspended', 'resuming')) as is_suspended,
                   extract(epoch from date_trunc('month', now(), 'UTC') + interval '1 month' - date_trunc('hour', now(),
                       'UTC')) / 3600 as month_hours
            from cron_service.funds(@tokens_per_unit) a
            left join burning b on b.account_id = a.account_id
            left join cron_service.standings s on s.account_id = a.account_id
            where @account_ids::bigint[] is null or a.account_id = any(@account_ids::bigint[])
        ), below as (
            select *, case when available >= 0 then null when available is null then before
                      else coalesce(before, case when read_at > now() - @fresh then read_at end) end as below_since
            from facts
        )
        """;

    // A server at its cap costs nothing until the month ends.
    private const string UpdateSql = """
        , assessed as (
            select *, case when available is null then 'unknown' when full_amount = 0 then 'endless' else 'known' end as runway,
                   trunc(least(1000000, case when available <= 0 then 0
                       when available > month_amount then month_hours + floor((available - month_amount) / nullif(full_amount, 0))
                       else floor(available / nullif(burn, 0)) end)) as hours
            from below
        )
        insert into cron_service.standings as s (account_id, state, available, burn, runway_hours, runway, balance_tokens, balance_read_at,
            overdue_since, below_since)
        select account_id, case when is_suspended then 'suspended'
                                when cron_service.suspension_due_at(account_id, below_since) <= now() then 'due'
                                when below_since is not null or is_short then 'overdue' else 'ok' end,
               available, burn, case when runway = 'known' then coalesce(hours, 0) end, runway, tokens, read_at,
               case when below_since is not null or is_short then coalesce(overdue_since, below_since, now()) end, below_since
        from assessed order by account_id
        on conflict (account_id) do update set (state, available, burn, runway_hours, runway, balance_tokens, balance_read_at,
                overdue_since, below_since, looked_at) =
            (excluded.state, excluded.available, excluded.burn, excluded.runway_hours, excluded.runway, excluded.balance_tokens,
            excluded.balance_read_at,
             excluded.overdue_since, excluded.below_since, now())
        where s.looked_at < now() - interval '1 hour' or (s.state, s.available, s.burn, s.runway_hours, s.runway, s.balance_tokens,
            s.balance_read_at,
                s.overdue_since, s.below_since) is distinct from
            (excluded.state, excluded.available, excluded.burn, excluded.runway_hours, excluded.runway, excluded.balance_tokens,
            excluded.balance_read_at,
             excluded.overdue_since, excluded.below_since)
        """;

    /// <summary>The maximum age of a reading that first shows a wallet as used up, or by which an account is
    /// suspended.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    /// <summary>Updates the standings of all accounts after an observation, otherwise of those that are not ok. Does nothing while
    /// another process does it.</summary>
    public async Task UpdateAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        if (!await connection.ScalarAsync<bool>(TryLockSql, ct))
            return;
        if (await connection.ScalarAsync<bool>(IsWrittenSql, ct))
        {
            await WriteAsync(connection, [.. await connection.QueryAsync<long>(NotOkSql, ct)], ct);
        }
        else
        {
            await connection.ExecuteAsync(WrittenSql, ct);
            await WriteAsync(connection, null, ct);
        }
        await transaction.CommitAsync(ct);
    }

    /// <summary>Updates the standings of some accounts.</summary>
    public async Task UpdateAsync(long[] accountIds, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        await connection.ExecuteAsync(LockSql, ct);
        await WriteAsync(connection, accountIds, ct);
        await transaction.CommitAsync(ct);
    }

    private async Task WriteAsync(NpgsqlConnection connection, long[]? accountIds, CancellationToken ct)
    {
        if (accountIds is [])
            return;
        await connection.ExecuteLongAsync(FactsSql + UpdateSql, ct, ("account_ids", accountIds), ("monthly_cap", billing.Value.MonthlyCap),
            ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit), ("fresh", Fresh));
    }
}
