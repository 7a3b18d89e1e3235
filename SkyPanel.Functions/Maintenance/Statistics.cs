using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Maintenance;

/// <summary>Tells the planner what the tables hold by now. Autovacuum does too, but only when a tenth has changed.</summary>
public sealed class Statistics(NpgsqlDataSource database)
{
    private const string ChangedSql = """
        select format('%I.%I', schemaname, relname) from pg_stat_user_tables where schemaname = 'cron_service' and n_mod_since_analyze >= 1000 order by relname
        """;

    /// <param name="fence">Of the run; checked in each transaction.</param>
    /// <returns>The tables that were analysed: those with a thousand changed rows or more.</returns>
    public async Task<List<string>> RefreshAsync(Fence fence, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var changed = await connection.QueryAsync(ChangedSql, row => row.GetString(0), ct);
        foreach (var table in changed)
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await fence.HoldAsync(connection, ct);
            await connection.ExecuteAsync($"analyze {table}", ct);
            await transaction.CommitAsync(ct);
        }
        return changed;
    }
}
