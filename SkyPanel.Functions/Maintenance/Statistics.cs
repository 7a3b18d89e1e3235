namespace SkyPanel.Functions.Maintenance;

/// <summary>Refreshes the planner's statistics earlier than autovacuum, which waits until a tenth of a table has changed.</summary>
public sealed class Statistics(NpgsqlDataSource database)
{
    private const string ChangedSql = """
        select format('%I.%I', schemaname, relname) from pg_stat_user_tables
            where schemaname = 'cron_service' and n_mod_since_analyze >= 1000 order by relname
        """;

    /// <param name="fence">The run's fence, checked in each transaction.</param>
    /// <param name="ct">Stops between two tables; the result has those before.</param>
    /// <returns>The analysed tables: those with at least a thousand changed rows.</returns>
    public async Task<IReadOnlyList<string>> RefreshAsync(Fence fence, CancellationToken ct)
    {
        var analysed = new List<string>();
        try
        {
            var changed = await database.QueryAsync<string>(ChangedSql, ct);
            await using var connection = await database.OpenConnectionAsync(ct);
            foreach (var table in changed)
            {
                await using var transaction = await connection.BeginAsync(ct);
                await fence.CheckAsync(connection, ct);
                await connection.ExecuteLongAsync($"analyze {table}", ct);
                await transaction.CommitAsync(CancellationToken.None);
                analysed.Add(table);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // The next run analyses the others.
        {
        }
        return analysed;
    }
}
