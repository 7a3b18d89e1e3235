namespace SkyPanel.Functions.Jobs;

/// <summary>A job's row before or after a change, for the audit.</summary>
public sealed record StoredSettings(
    bool Enabled, string? Schedule, string TimeZone, int? HoursPerMonth, string? Note, IReadOnlyList<string> WaitsFor,
        DateTime? TakenOverAt, string? TakenOverBy)
{
    private const string FindSql = """
        select enabled, schedule, time_zone, hours_per_month, note, waits_for, taken_over_at, taken_over_by from cron_service.jobs
            where job = @job
        """;

    /// <summary>Reads the row; null for a job without one.</summary>
    public static async Task<StoredSettings?> FindAsync(NpgsqlConnection connection, string job, CancellationToken ct) =>
        (await connection.QueryAsync(FindSql, row => new StoredSettings(
            row.GetBoolean(0), row.Nullable<string>("schedule"), row.GetString(2), row.Nullable<int?>("hours_per_month"),
            row.Nullable<string>("note"), row.GetFieldValue<string[]>(5),
            row.Nullable<DateTime?>("taken_over_at"), row.Nullable<string>("taken_over_by")), ct, ("job", job))).FirstOrDefault();
}
