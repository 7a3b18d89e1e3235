using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Panel;

/// <summary>Writes to the panel's own tables behind a savepoint, so that a refusal never rolls the ledger back.</summary>
public static class PanelWrite
{
    /// <returns>The number of rows written, and the panel's refusal; null when it refused nothing.</returns>
    public static Task<(int Rows, string? Refusal)> TryAsync(
        NpgsqlTransaction transaction, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters) =>
        Attempt.ExecuteAsync(transaction.Connection!, sql, ct, parameters);
}
