using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Wallet;

/// <summary>Opens refunds: whole tokens that are owed to a customer after a credit note, when an operator asks for it.</summary>
public sealed class Refunds(IOptions<LedgerOptions> ledger)
{
    private const string LockSql = "select id from cron_service.accounts where user_id = @user_id for update";

    private const string OpenSql = """
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, decided_by, decision_reason)
        select a.id, 'refund', t.tokens, t.tokens / @tokens_per_unit, left('Refund: ' || @reason, 1000), @decided_by, @reason
        from cron_service.accounts a
        cross join lateral (select least(floor(-a.owed_amount * @tokens_per_unit), 2000000000)::bigint as tokens) t
        where a.user_id = @user_id and t.tokens >= 1
          and not exists (select from cron_service.debits d where d.account_id = a.id and d.kind in ('debit', 'refund')
              and d.state in ('pending', 'sending', 'in_doubt', 'held'))
        returning id
        """;

    /// <summary>Opens a refund in the caller's transaction.</summary>
    /// <returns>The refund's id; null when not a whole token is owed back, or a debit is open.</returns>
    public async Task<long?> OpenAsync(NpgsqlConnection connection, int userId, string decidedBy, string reason, CancellationToken ct)
    {
        await connection.ExecuteAsync(LockSql, ct, ("user_id", userId));
        return await connection.FindAsync<long?>(OpenSql, ct, ("user_id", userId),
            ("tokens_per_unit", (decimal)ledger.Value.TokensPerCurrencyUnit), ("decided_by", decidedBy), ("reason", reason));
    }
}
