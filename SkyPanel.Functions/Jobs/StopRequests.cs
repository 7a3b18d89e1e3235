using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Jobs;

/// <summary>Asks a run to stop, in whichever process it executes: through the database, where that process looks when it renews its
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

    /// <summary>In the caller's transaction.</summary>
    /// <returns>False when it doesn't run.</returns>
    public static async Task<bool> CancelAsync(NpgsqlConnection connection, long runId, string by) =>
        await connection.ExecuteAsync(CancelSql, CancellationToken.None, ("id", runId), ("by", by)) == 1;

    /// <returns>Why a run must stop; null while it may go on.</returns>
    public async Task<string?> FindAsync(string job, long runId, CancellationToken ct)
    {
        var cancelledBy = await database.QueryAsync(CancelledBySql, row => row.GetString(0), ct, ("id", runId));
        return cancelledBy is [var by] ? $"asked for by {by}" : (await pauses.FindAsync(job, ct))?.ToString();
    }
}
