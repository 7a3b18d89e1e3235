using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Wallet;

/// <summary>Opens debits: one an account, for all whole tokens that it owes. The remainder is carried, never rounded away.</summary>
public sealed class Debits(IOptions<LedgerOptions> ledger)
{
    private const string OpenSql = """
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, run_id, dns_amount)
        select o.account_id, 'debit', o.tokens, o.tokens::numeric / @tokens_per_unit,
               left(case when f.is_dns then o.dns_plans else 'Hourly billing: carried over' end, 1000),
               case when f.is_dns then o.dns_run_id end, o.dns_amount
        from cron_service.owing(@tokens_per_unit) o
        cross join lateral (select o.dns_amount * 2 > o.tokens::numeric / @tokens_per_unit as is_dns) f
        where @account_id::bigint is null or o.account_id = @account_id::bigint
        """;

    // run_lines, a temporary table of the transaction, contains the run's charges, also those to accounts of other portions: former owners.
    private const string OpenOfRunSql = """
        with servers as (
            select account_id, server_id, sum(hours) as hours, max(until_hour) as until from run_lines group by account_id, server_id
        ), named as (
            select account_id, 'Hourly billing until ' || to_char(max(until), 'YYYY-MM-DD"T"HH24:MI"Z"') || ': ' || sum(hours)
                || ' h of server '
                   || string_agg(server_id::text, ', ' order by server_id) as reference
            from servers group by account_id
        )
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, run_id, dns_amount)
        select o.account_id, 'debit', o.tokens, o.tokens::numeric / @tokens_per_unit,
               left(coalesce(n.reference, 'Hourly billing: carried over') || coalesce('; and ' || o.dns_plans, ''), 1000),
               @run_id, o.dns_amount
        from cron_service.owing(@tokens_per_unit) o left join named n using (account_id)
        where o.account_id between @first_account and @last_account or n.account_id is not null
        """;

    private const string PendingTokensSql =
        "select coalesce(sum(tokens), 0)::bigint from cron_service.debits where kind = 'debit' and state = 'pending'";

    /// <summary>Computes the whole tokens that a delivery would take now, in the caller's transaction.</summary>
    public static Task<long> PendingTokensAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ScalarAsync<long>(PendingTokensSql, ct);

    /// <summary>Tells whether an account owes enough for a debit.</summary>
    /// <remarks>The same condition as in <c>cron_service.owing</c>. Most settlements leave less, and skip its statement.</remarks>
    public bool OwesToken(decimal owedAmount) => owedAmount * ledger.Value.TokensPerCurrencyUnit >= 1;

    /// <summary>Opens a debit for each account that owes a whole token and has none open, named after what most of it is for. The caller
    /// holds the accounts' locks, taken before this statement began.</summary>
    /// <param name="accountId">Only this account; null for all.</param>
    public Task<int> OpenAsync(NpgsqlConnection connection, long? accountId, CancellationToken ct) =>
        connection.ExecuteAsync(OpenSql, ct, ("account_id", accountId),
            ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit));

    /// <summary>The same for a run and a range of accounts, after its charges were posted: each debit names its servers and
    /// hours.</summary>
    public Task OpenOfRunAsync(NpgsqlConnection connection, long runId, long firstAccount, long lastAccount, CancellationToken ct) =>
        connection.ExecuteLongAsync(OpenOfRunSql, ct, ("run_id", runId), ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit),
            ("first_account", firstAccount), ("last_account", lastAccount));
}
