namespace SkyPanel.Functions.Scheduling;

/// <summary>Syncs the settings of a job that the panel knows. Enabled, schedule and hours per month are in one or more of the panel's
/// tables and in <c>cron_service.jobs</c>; our row decides, and a change in the panel's tables is taken over once. Zone, note and take-over
/// are only in our row.</summary>
/// <remarks>Reading creates no rows; writing a change does. An unreadable value raises an alert, and the last good one stays in force. A
/// value that is overruled is logged and audited.</remarks>
/// <param name="places">The first one has the run times. It wins when two have changed, and when no copy exists yet.</param>
public abstract class PanelSettings(NpgsqlDataSource database, ILogger? logger, string job, SettingsCopy fallback,
    params PanelPlace[] places)
{
    // One sync of a job at a time, whatever the number of processes.
    private const string LockSql = "select from cron_service.jobs where job = @job for update";

    private const string EnsureSql = """
        insert into cron_service.jobs (job, enabled, schedule, enabled_at, schedule_changed_at) values (@job, false, null, now(), now())
        on conflict (job) do nothing
        """;

    // The time of a change is the panel's, if that is later than the last read; else it is that read, but at most two minutes ago, as the
    // app may have been down.
    private const string CopyWriteSql = """
        with dated as (
            select case when @changed_at::timestamptz > j.seen_at
                and @changed_at::timestamptz <= clock_timestamp() then @changed_at::timestamptz
                        when @is_now then clock_timestamp()
                        else greatest(j.seen_at, clock_timestamp() - interval '2 minutes') end as at
            from cron_service.jobs j where j.job = @job
        )
        update cron_service.jobs j set enabled = @enabled, schedule = @schedule, hours_per_month = @hours_per_month,
            seen_at = clock_timestamp(), seen_marks = @marks::jsonb,
            enabled_at = case when @enabled and not j.enabled then dated.at else j.enabled_at end,
            schedule_changed_at = case when @schedule is distinct from j.schedule then dated.at else j.schedule_changed_at end
        from dated where j.job = @job
        """;

    private const string SeenSql =
        "update cron_service.jobs set seen_at = @at where job = @job and seen_at < @at::timestamptz - interval '500 milliseconds'";

    private const string MarksSql = "update cron_service.jobs set seen_marks = @marks::jsonb where job = @job";

    private const string ReadSql = """
        select enabled, schedule, coalesce(hours_per_month, 730) as hours_per_month, time_zone, note,
               greatest(enabled_at, schedule_changed_at, taken_over_at) as changed_at, taken_over_at, taken_over_by
        from cron_service.jobs where job = @job
        """;

    private const string OwnPartSql = """
        update cron_service.jobs set time_zone = @time_zone, note = coalesce(@note::text, note),
            schedule_changed_at = case when time_zone <> @time_zone then now() else schedule_changed_at end,
            taken_over_at = case when @is_taking_over then coalesce(taken_over_at, now()) else taken_over_at end,
            taken_over_by = case when @is_taking_over then coalesce(taken_over_by, @changed_by) else taken_over_by end
        where job = @job
        """;

    private const string ExistingSql = "select name from unnest(@tables) as name where to_regclass(name) is not null";

    private const string ColumnsSql =
        "select attname::text from pg_attribute where attrelid = to_regclass(@table) and attnum > 0 and not attisdropped";

    private const string AuditSql = """
        insert into cron_service.audit (actor, action, subject, before, after, reason)
            values ('panel', 'sync-settings', @job, @before::jsonb, @after::jsonb, @reason)
        """;

    private readonly string _runTimesSql = $"""
        update {places[0].Table} set last_cron_run = coalesce(@last::timestamptz, last_cron_run), next_cron_run = @next::timestamptz
        """;

    /// <summary>Queries whose rows change whenever one of the panel's tables has other settings.</summary>
    public IReadOnlyList<string> Sources { get; } = [.. places.Select(place => place.MarkedReadSql)];

    /// <summary>Reads the settings, and syncs the tables if one has changed. It never stops the app.</summary>
    public async Task<JobSettings> ReadAsync(CancellationToken ct)
    {
        var alerts = new List<string>();
        await using (var connection = await database.OpenConnectionAsync(ct))
        {
            var (readings, last) = await ReadPlacesAsync(connection, alerts, ct);
            if (last?.AgreesWith(readings) != true)
            {
                try
                {
                    await SyncAsync(connection, ct);
                }
                catch (PostgresException e) when (last is not null && Attempt.IsRefusal(e))
                {
                    alerts.Add($"A change in the panel's tables can't be mirrored, and isn't in force: {e.MessageText}.");
                }
            }
            // The keys of settings alone are enough where there never was a row. A table that vanished raised an alert already.
            if (last is { Marks.Count: > 0 } && (readings.Count == 0 || alerts.Count == 0 && last.Marks.ContainsKey(places[0].ScheduleName)
                && !readings.Exists(reading => reading.Place == places[0])))
                alerts.Add($"{places[0].ScheduleName}: there is no row.");
            alerts.AddRange(readings.Select(place => place.Alert).OfType<string>());
        }
        return (await database.QueryAsync(ReadSql, row =>
        {
            var takenOverAt = row.Nullable<DateTime?>("taken_over_at");
            var (schedule, problem) = Schedule.OfStored(row.Get<string>("schedule"), row.Get<string>("time_zone"), fallback.Schedule);
            if (problem is not null)
                alerts.Add($"cron_service.jobs of {job}: {problem}");
            var hoursPerMonth = row.Get<int>("hours_per_month");
            return new JobSettings(job, row.Get<bool>("enabled") && takenOverAt is not null, schedule, hoursPerMonth,
                row.Nullable<string>("note"),
                row.Get<DateTimeOffset>("changed_at"), takenOverAt, row.Nullable<string>("taken_over_by"),
                alerts.Count == 0 ? null : $"{string.Join(' ', alerts)} In force: '{schedule.Expression}'" +
                    $"{(problem is null ? "" : " in UTC")}, {hoursPerMonth} hours a month.");
        }, ct, ("job", job)))[0];
    }

    /// <summary>Stores validated settings in all places that exist, in the caller's transaction. Enabling the job the first time is the
    /// take-over; a change of other settings leaves the panel's switch as it is.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct)
    {
        var existing = await LockAsync(connection, ct);
        var last = await SyncState.FindAsync(connection, job, ct);
        var found = PlaceReading.Merge(last?.Copy, SyncState.Trusted(last, await PlaceReading.ReadAsync(connection, existing, [], ct)),
            fallback);
        var copy = new SettingsCopy(change.Asked ?? found.Enabled, change.Schedule.Expression, change.HoursPerMonth);
        await WriteCopyAsync(connection, existing, last, copy, null, isNow: true, isCreating: true, ct);
        await connection.ExecuteAsync(OwnPartSql, ct, ("job", job), ("time_zone", change.Schedule.TimeZone), ("note", change.Note),
            ("is_taking_over", change.IsEnabling), ("changed_by", change.Caller.Name));
    }

    /// <summary>Tells the panel's page when the job ran and will run. <c>updated_at</c> stays, since it is the time of the admin's
    /// change.</summary>
    public Task WriteRunTimesAsync(DateTimeOffset? last, DateTimeOffset? next, CancellationToken ct) =>
        Attempt.ExecuteAsync(database, _runTimesSql, ct, ("last", last?.UtcDateTime), ("next", next?.UtcDateTime));

    private async Task<(List<PlaceReading> Readings, SyncState? Last)> ReadPlacesAsync(NpgsqlConnection connection, List<string> alerts,
        CancellationToken ct)
    {
        await using var transaction = await connection.BeginAsync(ct);
        var existing = await FindExistingAsync(connection, ct);
        var readings = await PlaceReading.ReadAsync(connection, existing, alerts, ct);
        var last = await SyncState.FindAsync(connection, job, ct);
        // A panel that never had the table lacks nothing.
        alerts.AddRange(places.Except(existing).Where(place => last?.Marks.ContainsKey(place.ScheduleName) == true)
            .Select(place => $"{place.ScheduleName}: relation \"{place.Table}\" does not exist."));
        if (last?.AgreesWith(readings) == true)
            await connection.ExecuteAsync(SeenSql, ct, ("job", job), ("at", last.ReadAt.UtcDateTime));
        await transaction.CommitAsync(ct);
        return (readings, last);
    }

    private async Task SyncAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var transaction = await connection.BeginAsync(ct);
        var existing = await LockAsync(connection, ct);
        var readings = await PlaceReading.ReadAsync(connection, existing, [], ct);
        var last = await SyncState.FindAsync(connection, job, ct);
        var trusted = SyncState.Trusted(last, readings);
        var merged = PlaceReading.Merge(last?.Copy, trusted, fallback);
        var changed = last is null ? [] : trusted.Where(place => place.DiffersFrom(last.Copy)).ToList();
        // Without a copy, the places that lose; afterwards, those that returned with other values.
        var overruled = readings.Zip(trusted).Where(pair => (last is null || pair.First != pair.Second) && pair.First.DiffersFrom(merged))
            .Select(pair => pair.First).ToList();
        if (last is not null && changed.Count + overruled.Count == 0)
        {
            await connection.ExecuteAsync(MarksSql, ct, ("job", job),
                ("marks", JsonSerializer.Serialize(PlaceReading.MarksOf(last.Marks, readings))));
            await transaction.CommitAsync(ct);
            return;
        }
        await WriteCopyAsync(connection, existing, last, merged, changed.FirstOrDefault()?.ChangedAt, isNow: last is null,
            isCreating: changed.Count > 0, ct);
        if (changed.Count > 0)
            await AuditAsync(connection, last!.Copy, merged,
                $"changed beside {string.Join(" and ", changed.Select(place => place.Place.ScheduleName))}", ct);
        var why = last is null ? $"at the first look {places[0].Name} wins" : "it came back, and what was in force wins";
        foreach (var place in overruled)
            await AuditAsync(connection, new { place.Enabled, place.Schedule, place.HoursPerMonth }, merged,
                $"{place.Place.Name} is overruled: {why}", ct);
        await transaction.CommitAsync(ct);
        foreach (var place in overruled)
            logger?.LogWarning("{Job}: {Table} said {Said}. That is overruled: {Why}. It says {Now} now", job, place.Place.Name,
                Describe(place.Enabled, place.Schedule, place.HoursPerMonth), why,
                Describe(merged.Enabled, merged.Schedule, merged.HoursPerMonth));
    }

    private static string Describe(bool? enabled, string? schedule, int? hours) => string.Join(", ", new[]
    {
        enabled is { } on ? on ? "on" : "off" : null, schedule is null ? null : $"'{schedule}'", hours is null ? null
            : $"{hours} hours a month",
    }.OfType<string>());

    private Task<int> AuditAsync(NpgsqlConnection connection, object before, SettingsCopy after, string reason, CancellationToken ct) =>
        connection.ExecuteAsync(AuditSql, ct, ("job", job), ("before", JsonSerializer.Serialize(before, JsonSerializerOptions.Web)),
            ("after", JsonSerializer.Serialize(after, JsonSerializerOptions.Web)), ("reason", reason));

    // Locks out the panel's own writers until the commit. The panel's schema tool may drop tables that it doesn't know: switching a job off
    // must work all the same.
    private async Task<List<PanelPlace>> LockAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await connection.ExecuteAsync(EnsureSql, ct, ("job", job));
        await connection.ExecuteAsync(LockSql, ct, ("job", job));
        var existing = new List<PanelPlace>();
        foreach (var place in await FindExistingAsync(connection, ct))
        {
            // A table of that name with another shape isn't the panel's.
            if ((await Attempt.TryAsync(connection, () => connection.ExecuteAsync(place.LockSql, ct), ct)).Refusal is null)
                existing.Add(place);
        }
        return existing;
    }

    private async Task<List<PanelPlace>> FindExistingAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var tables = await connection.QueryAsync<string>(ExistingSql, ct, ("tables", places.Select(place => place.Table).ToArray()));
        return [.. places.Where(place => tables.Contains(place.Table))];
    }

    private async Task WriteCopyAsync(
        NpgsqlConnection connection, List<PanelPlace> existing, SyncState? last, SettingsCopy copy, DateTimeOffset? changedAt, bool isNow,
            bool isCreating, CancellationToken ct)
    {
        (string, object?)[] values = [("enabled", copy.Enabled), ("schedule", copy.Schedule), ("hours_per_month", copy.HoursPerMonth)];
        foreach (var place in existing)
        {
            var columns = (await connection.QueryAsync<string>(ColumnsSql, ct, ("table", place.Table))).ToHashSet();
            // Without a copy a place that can't be written is left as it is: some settings must be in force.
            if (last is null)
                await Attempt.TryAsync(connection, () => connection.ExecuteAsync(place.UpdateSql(columns), ct, values), ct);
            else
                await connection.ExecuteAsync(place.UpdateSql(columns), ct, values);
            if (isCreating)
                await connection.ExecuteAsync(place.InsertSql(columns), ct, values);
        }
        // Read again, so that a row that was just created counts as seen.
        var marks = PlaceReading.MarksOf(last?.Marks ?? new Dictionary<string, string>(),
            await PlaceReading.ReadAsync(connection, existing, [], ct));
        await connection.ExecuteAsync(CopyWriteSql, ct,
            [.. values, ("job", job), ("changed_at", changedAt?.UtcDateTime), ("is_now", isNow),
                ("marks", JsonSerializer.Serialize(marks))]);
    }
}
