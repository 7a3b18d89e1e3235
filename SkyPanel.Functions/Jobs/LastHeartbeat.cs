namespace SkyPanel.Functions.Jobs;

/// <summary>Records the last heartbeat of all processes, by timer or over HTTP.</summary>
public sealed class LastHeartbeat(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>The age after which a heartbeat is missing; there is one each minute.</summary>
    public static readonly TimeSpan MissingAfter = TimeSpan.FromMinutes(5);

    private const string StoreSql = """
        insert into cron_service.heartbeat (last_beat_at) values (clock_timestamp()) on conflict (is_only)
            do update set last_beat_at = excluded.last_beat_at
        """;

    private const string AgeSql = "select clock_timestamp() - last_beat_at from cron_service.heartbeat";

    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>Whether this process started too recently to miss a heartbeat.</summary>
    public bool IsStarting => time.GetElapsedTime(_startedAt) < MissingAfter;

    public Task StoreAsync(CancellationToken ct) => database.ExecuteAsync(StoreSql, ct);

    /// <returns>The time since the last one; null before the first.</returns>
    public Task<TimeSpan?> AgeAsync(CancellationToken ct) => database.FindAsync<TimeSpan?>(AgeSql, ct);
}
