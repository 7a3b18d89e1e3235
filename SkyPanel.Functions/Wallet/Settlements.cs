using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Wallet;

/// <summary>Settles debits: posts the transfer, writes the panel's row, and opens the next debit if a whole token is owed.</summary>
public sealed class Settlements(NpgsqlDataSource database, Debits debits, PanelTransactions panel)
{
    private const string LockSql = """
        select a.id from cron_service.accounts a
        where a.id = (select account_id from cron_service.debits where id = @id) for update
        """;

    private const string SettleSql = """
        update cron_service.debits
        set state = 'settled', settled_at = now(), credit_id = coalesce(@credit_id::text, credit_id), message = @message::text,
            decided_by = coalesce(@decided_by::text, decided_by), decision_reason = coalesce(@reason::text, decision_reason)
        where id = @id and claim_number = @claim_number and state = any(@from_states)
        """;

    private const string TransferSql = """
        insert into cron_service.transfers (kind, from_account_id, to_account_id, amount, external_id, run_id, effective_at)
        select case d.kind when 'grant' then 'top_up' else d.kind end,
               case d.kind when 'refund' then d.account_id when 'grant' then p.id else w.id end,
               case d.kind when 'debit' then d.account_id when 'claw_back' then p.id else w.id end,
               d.amount, d.kind || ':' || d.id, d.run_id, now()
        from cron_service.debits d, cron_service.accounts w, cron_service.accounts p
        where d.id = @id and w.kind = 'wallet_clearing' and p.kind = 'payment_clearing'
        """;

    // In the transaction that settles, because the reading includes this debit.
    private const string ReadingSql = """
        insert into cron_service.wallet_readings (account_id, tokens, read_at) values (@account_id, @tokens, now())
        on conflict (account_id) do update set tokens = excluded.tokens, read_at = excluded.read_at
        """;

    // Debits that waited for money are tried with the tokens that were just given.
    private const string WakeSql = """
        update cron_service.debits set next_attempt_at = now()
        where account_id = @account_id and state = 'pending' and is_short
            and exists (select from cron_service.debits where id = @id and kind = 'grant')
        """;

    private static readonly string[] BySender = [DebitState.Sending.Text(), DebitState.InDoubt.Text()];
    private static readonly string[] ByPerson = [DebitState.Held.Text()];

    /// <summary>Settles a debit that VirtFusion executed, as its 201 or the balance shows (then without a credit id).</summary>
    /// <param name="balanceTokens">The balance that shows it.</param>
    /// <returns>False, and nothing is written, when the debit was decided meanwhile.</returns>
    public async Task<bool> SettleAsync(long debitId, int claimNumber, string? creditId, string? message, CancellationToken ct,
        decimal? balanceTokens = null)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var isSettled = await SettleAsync(transaction, debitId, claimNumber, BySender, creditId, message, null, null, ct);
        if (isSettled && balanceTokens is { } tokens)
            await connection.ExecuteAsync(ReadingSql, ct, ("account_id", (await AccountAsync(connection, debitId, ct))[0]),
                ("tokens", tokens));
        await transaction.CommitAsync(ct);
        return isSettled;
    }

    /// <summary>Settles a held debit by a person's decision, in the caller's transaction.</summary>
    public Task<bool> SettleHeldAsync(NpgsqlTransaction transaction, long debitId, int claimNumber, string decidedBy, string reason,
        CancellationToken ct) =>
        SettleAsync(transaction, debitId, claimNumber, ByPerson, null, null, decidedBy, reason, ct);

    private async Task<bool> SettleAsync(NpgsqlTransaction transaction,
        long debitId, int claimNumber, string[] fromStates, string? creditId, string? message, string? decidedBy, string? reason,
            CancellationToken ct)
    {
        var connection = transaction.Connection!;
        var account = await AccountAsync(connection, debitId, ct);
        var settled = await connection.ExecuteAsync(SettleSql, ct, ("id", debitId), ("claim_number", claimNumber),
            ("from_states", fromStates),
            ("credit_id", creditId), ("message", message), ("decided_by", decidedBy), ("reason", reason));
        if (settled == 0)
            return false;

        await connection.ExecuteAsync(TransferSql, ct, ("id", debitId));
        await panel.WriteAsync(transaction, debitId, ct);
        await connection.ExecuteAsync(WakeSql, ct, ("id", debitId), ("account_id", account[0]));
        await debits.OpenAsync(connection, account[0], ct);
        return true;
    }

    private static Task<List<long>> AccountAsync(NpgsqlConnection connection, long debitId, CancellationToken ct) =>
        connection.QueryAsync(LockSql, row => row.GetInt64(0), ct, ("id", debitId));
}
