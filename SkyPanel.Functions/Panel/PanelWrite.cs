using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Panel;

/// <summary>A write to one of the panel's own tables, which must never cost the ledger its transaction.</summary>
public static class PanelWrite
{
    /// <summary>Runs a statement behind a savepoint. What the panel's tables refuse is undone, and the transaction goes on.</summary>
    /// <returns>The rows written, and why none could be; null when the panel refused nothing.</returns>
    public static async Task<(int Rows, string? Refusal)> TryAsync(
        NpgsqlTransaction transaction, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters)
    {
        await transaction.SaveAsync("panel_write", ct);
        try
        {
            var rows = await transaction.Connection!.ExecuteLongAsync(sql, ct, parameters);
            await transaction.ReleaseAsync("panel_write", ct);
            return (rows, null);
        }
        catch (PostgresException e) when (!e.IsTransient && e.SqlState[..2] is "22" or "23" or "42" or "P0") // Data, constraints, absent columns, rights, triggers.
        {
            await transaction.RollbackAsync("panel_write", ct);
            return (0, e.MessageText);
        }
    }
}
