namespace SkyPanel.Functions.Jobs;

/// <summary>Moves back instants stored while the database's clock was ahead, once the clock is correct. Otherwise an instant further ahead
/// than the app ever writes would block its row until then. docs/administration.md lists them under "Clocks".</summary>
public sealed class ClockRepairs(NpgsqlDataSource database, IEnumerable<ClockRepair> repairs, ILogger<ClockRepairs> logger)
{
    // Frees the occurrences of hours that are still in the future.
    private const string RunsSql = """
        update cron_service.runs
        set scheduled_for = null, started_at = now(), finished_at = case when finished_at > now() then now() else finished_at end,
            retry_at = case when retry_at > now() then now() else retry_at end,
            message = concat_ws('; ', message, 'the database''s clock was ahead: it said ' || to_char(started_at, 'YYYY-MM-DD HH24:MI:SS')
                || ' UTC')
        where started_at > now() + interval '1 minute'
        """;

    /// <summary>The repairs of the jobs' own tables.</summary>
    internal static readonly ClockRepair[] OfJobs =
    [
        new("runs", RunsSql),
        ClockRepair.ToNow("runs", ["retry_at", "finished_at"], """
            status in ('failed', 'cancelled', 'abandoned') and started_at > now() - interval '7 days'
                and retry_at > now() + interval '90 minutes'
            """),
        ClockRepair.ToNow("jobs", ["enabled_at", "schedule_changed_at", "taken_over_at", "seen_at"]),
    ];

    /// <summary>Repairs all tables. Uses indexes except for the readings of wallets.</summary>
    public async Task RepairAsync(CancellationToken ct)
    {
        foreach (var repair in repairs)
            await RepairAsync(repair, ct);
    }

    private async Task RepairAsync(ClockRepair repair, CancellationToken ct)
    {
        var rows = await database.ExecuteAsync(repair.Sql, ct);
        if (rows <= 0)
            return;
        logger.LogWarning("The database's clock was ahead: {Rows} rows of {Table} had times in the future, which were moved back",
            rows, repair.Table);
        if (repair.CountRemainingSql is { } countSql
            && await database.ScalarAsync<long>(countSql, ct) is > 0 and var remaining)
            logger.LogWarning("The database's clock was ahead: {Number} {Remaining}", remaining, repair.Remaining);
    }
}
