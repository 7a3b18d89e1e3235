using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Wallet;

/// <summary>What a person decides about a held debit, with a reason.</summary>
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

    /// <summary>In the caller's transaction.</summary>
    /// <param name="decision"><c>settle</c>: the wallet has moved; <c>resend</c>: it has not, send again; <c>void</c>: it has not, and
    /// what is owed goes into a later debit.</param>
    /// <returns>Null when there is no such debit; else the state it is in now. It was decided when that is settled, pending or voided as
    /// asked.</returns>
    public async Task<(bool IsDecided, string State)?> DecideAsync(NpgsqlTransaction transaction, long debitId, string decision,
        string decidedBy, string reason, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        var connection = transaction.Connection!;
        var found = await connection.QueryAsync(FindSql, row => (Claim: row.GetInt32(0), State: row.GetString(1)), ct, ("id", debitId));
        if (found.Count == 0)
            return null;

        (string, object?)[] parameters = [("id", debitId), ("claim_number", found[0].Claim), ("decided_by", decidedBy), ("reason", reason)];
        var isDecided = found[0].State == "held" && decision switch
        {
            "settle" => await settlements.SettleHeldAsync(transaction, debitId, found[0].Claim, decidedBy, reason, ct),
            "resend" => await connection.ExecuteAsync(ResendSql, ct, parameters) == 1,
            "void" => await connection.ExecuteAsync(VoidSql, ct, parameters) == 1,
            _ => throw new ArgumentOutOfRangeException(nameof(decision), decision, "settle, resend or void"),
        };
        var now = await connection.QueryAsync(FindSql, row => row.GetString(1), ct, ("id", debitId));
        return (isDecided, now[0]);
    }
}
