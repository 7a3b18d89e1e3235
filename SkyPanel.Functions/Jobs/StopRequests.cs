namespace SkyPanel.Functions.Jobs;

/// <summary>Requests runs in any process to stop, through the database, which the process reads when it renews its
/// lease.</summary>
public sealed class StopRequests(NpgsqlDataSource database, Pauses pauses)
{
    private const string CancelSql = """
        update cron_service.runs set cancel_requested_at = coalesce(cancel_requested_at, now()),
            cancel_requested_by = coalesce(cancel_requested_by, @by)
        where id = @id and status = 'running'
        """;

    private const string CancelledBySql =
        "select cancel_requested_by from cron_service.runs where id = @id and cancel_requested_at is not null";

    /// <summary>Requests a stop in the caller's transaction.</summary>
    /// <returns>False when the run isn't in progress.</returns>
    public static async Task<bool> CancelAsync(NpgsqlConnection connection, long runId, string by) =>
        await connection.ExecuteAsync(CancelSql, CancellationToken.None, ("id", runId), ("by", by)) == 1;

    /// <returns>The reason why a run must stop; null while it may continue.</returns>
    public async Task<string?> FindAsync(string job, long runId, CancellationToken ct)
    {
        var cancelledBy = await database.QueryAsync<string>(CancelledBySql, ct, ("id", runId));
        return cancelledBy is [var by] ? $"asked for by {by}" : (await pauses.FindAsync(job, ct))?.ToString();
    }
}
