using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Panel;

/// <summary>A write to one of the panel's own tables, which must never cost the ledger its transaction.</summary>
public static class PanelWrite
{
    /// <returns>The rows written, and why none could be; null when the panel refused nothing.</returns>
    public static Task<(int Rows, string? Refusal)> TryAsync(
        NpgsqlTransaction transaction, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters) =>
        Attempt.TryAsync(transaction.Connection!, () => transaction.Connection!.ExecuteLongAsync(sql, ct, parameters), ct);
}
