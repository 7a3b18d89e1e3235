namespace SkyPanel.Functions.Scheduling;

/// <summary>Stores the settings of the jobs that the panel doesn't know in <c>cron_service.jobs</c>.</summary>
public sealed class OwnSettings(NpgsqlDataSource database)
{
    private const string EnsureSql = """
        insert into cron_service.jobs (job, enabled, schedule, enabled_at, schedule_changed_at)
            values (@job, @enabled, @schedule, now(), now())
        on conflict (job) do nothing
        """;

    private const string ReadSql =
        "select enabled, schedule, time_zone, note, greatest(enabled_at, schedule_changed_at) as changed_at from cron_service.jobs " +
        "where job = @job";

    private const string WriteSql = """
        update cron_service.jobs set enabled = @enabled, schedule = @schedule, time_zone = @time_zone, note = coalesce(@note::text, note),
            enabled_at = case when @enabled and not enabled then now() else enabled_at end,
            schedule_changed_at = case when (schedule, time_zone) <> (@schedule, @time_zone) then now() else schedule_changed_at end
        where job = @job
        """;

    /// <summary>Reads the stored settings; a new job begins on its default schedule.</summary>
    /// <param name="isEnabledAtFirst">False for a job to be enabled by an admin.</param>
    public async Task<JobSettings> ReadAsync(string job, string defaultSchedule, CancellationToken ct, bool isEnabledAtFirst = true)
    {
        await database.ExecuteAsync(EnsureSql, ct, ("job", job), ("enabled", isEnabledAtFirst), ("schedule", defaultSchedule));
        return (await database.QueryAsync(ReadSql, row => Read(job, defaultSchedule, row), ct, ("job", job)))[0];
    }

    /// <summary>Stores validated settings in the caller's transaction.</summary>
    public static Task WriteAsync(NpgsqlConnection connection, string job, SettingsChange change, CancellationToken ct) =>
        connection.ExecuteAsync(WriteSql, ct, ("job", job), ("enabled", change.Enabled), ("schedule", change.Schedule.Expression),
            ("time_zone", change.Schedule.TimeZone), ("note", change.Note));

    private static JobSettings Read(string job, string defaultSchedule, NpgsqlDataReader row)
    {
        var (schedule, problem) = Schedule.OfStored(row.Get<string>("schedule"), row.Get<string>("time_zone"), defaultSchedule);
        var alert = problem is null ? null : $"cron_service.jobs of {job}: {problem} In force: '{schedule.Expression}' in UTC.";
        return new(job, row.Get<bool>("enabled"), schedule, JobSettings.DefaultHoursPerMonth, row.Nullable<string>("note"),
            row.Get<DateTimeOffset>("changed_at"), null, null, alert);
    }
}
