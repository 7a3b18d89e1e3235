namespace SkyPanel.Functions.Wallet;

/// <summary>Decides about held debits, with a reason.</summary>
public sealed class HeldDebits(Settlements settlements)
{
    private const string FindSql = "select claim_number, state from cron_service.debits where id = @id";

    private const string ResendSql = """
        update cron_service.debits
        set state = 'pending', attempts = 0, next_attempt_at = now(), decided_by = @decided_by, decision_reason = @reason
        where id = @id and claim_number = @claim_number and state = 'held'
        """;

    private const string VoidSql = """
        update cron_service.debits set state = 'voided', decided_by = @decided_by, decision_reason = @reason
        where id = @id and claim_number = @claim_number and state = 'held'
        """;

    /// <summary>Decides in the caller's transaction.</summary>
    /// <returns>Whether the debit was decided, and its state; null when it doesn't exist.</returns>
    public async Task<(bool IsDecided, DebitState State)?> DecideAsync(NpgsqlConnection connection, long debitId, DebitAction act,
        string decidedBy, string reason, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        if (await connection.FindAsync<Found>(FindSql, ct, ("id", debitId)) is not { } found)
            return null;

        (string, object?)[] parameters = [("id", debitId), ("claim_number", found.ClaimNumber), ("decided_by", decidedBy),
            ("reason", reason)];
        var isDecided = found.State == DebitState.Held && act switch
        {
            DebitAction.Settle => await settlements.SettleHeldAsync(connection, debitId, found.ClaimNumber, decidedBy, reason, ct),
            DebitAction.Resend => await connection.ExecuteAsync(ResendSql, ct, parameters) == 1,
            _ => await connection.ExecuteAsync(VoidSql, ct, parameters) == 1,
        };
        return (isDecided, (await connection.FindAsync<Found>(FindSql, ct, ("id", debitId)))!.State);
    }

    private sealed record Found(int ClaimNumber, DebitState State);
}
