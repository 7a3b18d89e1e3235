using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Wallet;

/// <summary>Settles debits: posts the transfer, writes the panel's row, and opens the next debit if a whole token is owed.</summary>
public sealed class Settlements(NpgsqlDataSource database, Debits debits, PanelTransactions panel)
{
    private const string SettleSql = """
        select account_id, owed_amount from cron_service.settle_debit(
            @id, @claim_number, @from_states, @credit_id::text, @message::text, @decided_by::text, @reason::text)
        """;

    // In the transaction that settles, because the reading includes this debit.
    private const string ReadingSql = """
        insert into cron_service.wallet_readings (account_id, tokens, read_at) values (@account_id, @tokens, now())
        on conflict (account_id) do update set tokens = excluded.tokens, read_at = excluded.read_at
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
        var account = await SettleAsync(connection, debitId, claimNumber, BySender, creditId, message, null, null, ct);
        if (account is { } id && balanceTokens is { } tokens)
            await connection.ExecuteAsync(ReadingSql, ct, ("account_id", id), ("tokens", tokens));
        await transaction.CommitAsync(ct);
        return account is not null;
    }

    /// <summary>Settles a held debit by a person's decision, in the caller's transaction.</summary>
    public async Task<bool> SettleHeldAsync(NpgsqlConnection connection, long debitId, int claimNumber, string decidedBy, string reason,
        CancellationToken ct)
    {
        if (await SettleAsync(connection, debitId, claimNumber, ByPerson, null, null, decidedBy, reason, ct) is not { } account)
            return false;
        await WalletReadings.ForgetAsync(connection, account, ct);
        return true;
    }

    /// <returns>The account; null when the debit was decided meanwhile.</returns>
    private async Task<long?> SettleAsync(NpgsqlConnection connection,
        long debitId, int claimNumber, string[] fromStates, string? creditId, string? message, string? decidedBy, string? reason,
            CancellationToken ct)
    {
        var settled = await connection.QueryAsync(SettleSql,
            row => (AccountId: row.Get<long>("account_id"), OwedAmount: row.Get<decimal>("owed_amount")), ct,
            ("id", debitId), ("claim_number", claimNumber), ("from_states", fromStates), ("credit_id", creditId), ("message", message),
            ("decided_by", decidedBy), ("reason", reason));
        if (settled is not [var (account, owedAmount)])
            return null;
        await panel.WriteAsync(connection, debitId, ct);
        if (debits.OwesToken(owedAmount))
            await debits.OpenAsync(connection, account, ct);
        return account;
    }
}
