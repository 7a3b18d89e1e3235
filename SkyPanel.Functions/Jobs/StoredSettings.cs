namespace SkyPanel.Functions.Jobs;

/// <summary>A job's row before or after a change, for the audit.</summary>
public sealed record StoredSettings(
    bool Enabled, string? Schedule, string TimeZone, int? HoursPerMonth, string? Note, string[] WaitsFor,
        DateTime? TakenOverAt, string? TakenOverBy)
{
    private const string FindSql = """
        select enabled, schedule, time_zone, hours_per_month, note, waits_for, taken_over_at, taken_over_by from cron_service.jobs
            where job = @job
        """;

    /// <summary>Reads the row; null for a job without one.</summary>
    public static Task<StoredSettings?> FindAsync(NpgsqlConnection connection, string job, CancellationToken ct) =>
        connection.FindAsync<StoredSettings>(FindSql, ct, ("job", job));
}
