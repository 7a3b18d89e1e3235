using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Scheduling;

/// <summary>The stored settings of hourly-billing: enabled, schedule and basis in the panel's <c>server_hourly_billing_settings</c>, the rest
/// in <c>cron_service.jobs</c>, which also keeps the last good copy and when each changed.</summary>
public sealed class BillingSettings(NpgsqlDataSource database)
{
    public const string Job = "hourly-billing";
    public const int DefaultHoursPerMonth = 730;

    // The panel may hold several rows: the one changed last counts. Ids may be serial or uuid.
    private const string PanelSql = """
        select coalesce((j ->> 'cron_enabled')::boolean, false), coalesce(j ->> 'cron_schedule', '0 * * * *'), coalesce((j ->> 'hours_per_month')::integer, 730)
        from (select to_jsonb(s) as j from public.server_hourly_billing_settings s) as rows
        order by (j ->> 'updated_at')::timestamptz desc nulls last, j ->> 'id' limit 1
        """;

    // A change is dated when it is first seen, by the database's clock.
    private const string RememberSql = """
        insert into cron_service.jobs as j (job, enabled, schedule, time_zone, enabled_at, schedule_changed_at)
        values (@job, @enabled, @schedule, 'UTC', now(), now())
        on conflict (job) do update set enabled = excluded.enabled, schedule = excluded.schedule,
            enabled_at = case when excluded.enabled and not j.enabled then now() else j.enabled_at end,
            schedule_changed_at = case when excluded.schedule is distinct from j.schedule then now() else j.schedule_changed_at end
        where (j.enabled, j.schedule) is distinct from (excluded.enabled, excluded.schedule)
        """;

    private const string JobSql = """
        select enabled, schedule, time_zone, note, greatest(enabled_at, schedule_changed_at, taken_over_at), taken_over_at, taken_over_by
        from cron_service.jobs where job = @job
        """;

    private const string UpdatePanelSql = """
        update public.server_hourly_billing_settings
        set cron_enabled = @enabled, cron_schedule = @schedule, hours_per_month = @hours_per_month, updated_at = now()
        """;

    private const string InsertPanelSql = """
        insert into public.server_hourly_billing_settings (cron_enabled, cron_schedule, hours_per_month) values (@enabled, @schedule, @hours_per_month)
        """;

    private const string UpdateJobSql = """
        update cron_service.jobs set time_zone = @time_zone, note = @note::text,
            schedule_changed_at = case when time_zone <> @time_zone then now() else schedule_changed_at end,
            taken_over_at = case when @enabled then coalesce(taken_over_at, now()) else taken_over_at end,
            taken_over_by = case when @enabled then coalesce(taken_over_by, @changed_by) else taken_over_by end
        where job = @job
        """;

    private const string RunTimesSql = """
        update public.server_hourly_billing_settings set last_cron_run = coalesce(@last::timestamptz, last_cron_run), next_cron_run = @next::timestamptz
        """;

    /// <summary>Reads what is stored now. What can't be read keeps its last good value, with an alert; it never stops the app.</summary>
    public async Task<JobSettings> ReadAsync(CancellationToken ct)
    {
        var panel = (await database.QueryAsync(PanelSql, row => (Enabled: row.GetBoolean(0), Schedule: row.GetString(1), Hours: row.GetInt32(2)), ct))
            .DefaultIfEmpty((Enabled: false, Schedule: Schedule.Default, Hours: DefaultHoursPerMonth)).First();
        var known = (await database.QueryAsync(JobSql, row => row.GetString(1), ct, ("job", Job))).FirstOrDefault() ?? Schedule.Default;
        var alert = default(string);
        var schedule = panel.Schedule;
        try
        {
            Schedule.Parse(schedule);
        }
        catch (ScheduleException e)
        {
            (schedule, alert) = (known, $"server_hourly_billing_settings.cron_schedule {e.Message} '{known}' stays in force.");
        }
        var hours = panel.Hours;
        if (hours is < 1 or > 744)
            (hours, alert) = (DefaultHoursPerMonth, $"{alert} server_hourly_billing_settings.hours_per_month {panel.Hours} is not within 1 to 744: {DefaultHoursPerMonth} is used.".Trim());

        await database.ExecuteAsync(RememberSql, ct, ("job", Job), ("enabled", panel.Enabled), ("schedule", schedule));
        return (await database.QueryAsync(JobSql, row =>
        {
            var takenOverAt = row.Nullable<DateTime?>("taken_over_at");
            return new JobSettings(Job, row.GetBoolean(0) && takenOverAt is not null, Schedule.Parse(row.GetString(1), row.GetString(2)), hours,
                row.Nullable<string>("note"), row.GetFieldValue<DateTimeOffset>(4), takenOverAt, row.Nullable<string>("taken_over_by"), alert);
        }, ct, ("job", Job)))[0];
    }

    /// <summary>Stores settings that were validated. Enabling it the first time is the take-over.</summary>
    public async Task WriteAsync(SettingsChange change, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        (string, object?)[] panel = [("enabled", change.Enabled), ("schedule", change.Schedule.Expression), ("hours_per_month", change.HoursPerMonth)];
        if (await connection.ExecuteAsync(UpdatePanelSql, ct, panel) == 0)
            await connection.ExecuteAsync(InsertPanelSql, ct, panel);
        await connection.ExecuteAsync(RememberSql, ct, ("job", Job), ("enabled", change.Enabled), ("schedule", change.Schedule.Expression));
        await connection.ExecuteAsync(UpdateJobSql, ct,
            ("job", Job), ("time_zone", change.Schedule.TimeZone), ("note", change.Note), ("enabled", change.Enabled), ("changed_by", change.ChangedBy));
        await transaction.CommitAsync(ct);
    }

    /// <summary>Tells the panel's page when it ran and will run; <c>updated_at</c> is left alone, since that is the admin's change.</summary>
    public Task WriteRunTimesAsync(DateTimeOffset? last, DateTimeOffset? next, CancellationToken ct) =>
        database.ExecuteAsync(RunTimesSql, ct, ("last", last?.UtcDateTime), ("next", next?.UtcDateTime));
}
