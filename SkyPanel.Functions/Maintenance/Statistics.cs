using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Maintenance;

/// <summary>Tells the planner what the tables hold by now. Autovacuum does too, but only when a tenth has changed.</summary>
public sealed class Statistics(NpgsqlDataSource database)
{
    private const string ChangedSql = """
        select format('%I.%I', schemaname, relname) from pg_stat_user_tables
            where schemaname = 'cron_service' and n_mod_since_analyze >= 1000 order by relname
        """;

    /// <param name="fence">Of the run; checked in each transaction.</param>
    /// <param name="ct">Stops it between two tables; those that were analysed by then are told.</param>
    /// <returns>The tables that were analysed: those with a thousand changed rows or more.</returns>
    public async Task<IReadOnlyList<string>> RefreshAsync(Fence fence, CancellationToken ct)
    {
        var analysed = new List<string>();
        try
        {
            var changed = await database.QueryAsync(ChangedSql, row => row.GetString(0), ct);
            await using var connection = await database.OpenConnectionAsync(ct);
            foreach (var table in changed)
            {
                await using var transaction = await connection.BeginAsync(ct);
                await fence.HoldAsync(connection, ct);
                await connection.ExecuteAsync($"analyze {table}", ct);
                await transaction.CommitAsync(CancellationToken.None);
                analysed.Add(table);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // The table that was under way is analysed by the next run.
        {
        }
        return analysed;
    }
}
