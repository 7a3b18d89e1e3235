using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Wallet;

/// <summary>Opens debits: one an account, for all whole tokens that it owes. The remainder is carried, never rounded away.</summary>
public sealed class Debits(IOptions<LedgerOptions> ledger)
{
    private const string OpenSql = """
        with owing as (
            select a.id, least(floor(a.owed_amount * @tokens_per_unit), 2000000000)::bigint as tokens
            from cron_service.accounts a
            where a.kind = 'customer' and a.owed_amount * @tokens_per_unit >= 1 and (@account_id::bigint is null or a.id = @account_id::bigint)
              and not exists (select from cron_service.debits d where d.account_id = a.id and d.state in ('pending', 'sending', 'in_doubt', 'held'))
        ), servers as (
            select account_id, server_id, count(*) as hours, max(hour_start) + interval '1 hour' as until
            from cron_service.charges where run_id = @run_id::bigint
            group by account_id, server_id
        ), named as (
            select account_id, 'Hourly billing until ' || to_char(max(until), 'YYYY-MM-DD"T"HH24:MI"Z"') || ': ' || sum(hours) || ' h of server '
                   || string_agg(server_id::text, ', ' order by server_id) as reference
            from servers group by account_id
        )
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, run_id)
        select o.id, 'debit', o.tokens, o.tokens::numeric / @tokens_per_unit, left(coalesce(n.reference, 'Hourly billing: carried over'), 1000), @run_id::bigint
        from owing o left join named n on n.account_id = o.id
        """;

    private const string PendingTokensSql = "select coalesce(sum(tokens), 0)::bigint from cron_service.debits where kind = 'debit' and state = 'pending'";

    /// <summary>What a delivery would take now, inside the caller's transaction: whole tokens.</summary>
    public static async Task<long> PendingTokensAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync(PendingTokensSql, row => row.GetInt64(0), ct))[0];

    /// <summary>Opens a debit for each account that owes a whole token and has none open. The caller holds the accounts' locks,
    /// taken before this statement began.</summary>
    /// <param name="accountId">Only this account; null for all.</param>
    public Task<int> OpenAsync(NpgsqlConnection connection, long? runId, long? accountId, CancellationToken ct) =>
        connection.ExecuteAsync(OpenSql, ct,
            ("run_id", runId), ("account_id", accountId), ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit));
}
