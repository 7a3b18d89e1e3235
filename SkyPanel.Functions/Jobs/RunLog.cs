using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Stores every run: a row opened before any work and closed afterwards, and its errors.</summary>
public sealed class RunLog(NpgsqlDataSource database)
{
    /// <summary>After so many requests in a row without progress, a run is left to a heartbeat without a time limit.</summary>
    public const int MaxIdleTurns = 3;

    private const string OpenSql = """
        insert into cron_service.runs (job, trigger, requested_by, scheduled_for, missed_occurrences)
        select @job, @trigger, @requested_by, @scheduled_for::timestamptz, @missed
        where @scheduled_for::timestamptz is null or not exists (select from cron_service.runs where job = @job
            and scheduled_for > @scheduled_for::timestamptz)
        on conflict (job, scheduled_for) where scheduled_for is not null do nothing
        returning id
        """;

    // Only one retry of a failed run, and only while no other run of its job has started.
    private const string OpenRetrySql = """
        insert into cron_service.runs (job, trigger, requested_by, attempt, retry_of)
        select f.job, 'retry', 'scheduler', f.attempt + 1, f.id from cron_service.runs f
        where f.id = @failed_id and not exists (select from cron_service.runs n where n.job = f.job and n.id > f.id)
        on conflict (retry_of) where retry_of is not null do nothing
        returning id
        """;

    private const string FenceSql =
        "update cron_service.runs set fencing = @fencing, waited_for = coalesce(@waited_for::jsonb, waited_for) where id = @id";

    // Called by the lease's holder: any other run of the job has lost its lease.
    private const string AbandonSql = """
        update cron_service.runs r
        set status = 'abandoned', finished_at = now(), message = 'its process died or was cut off; what it had committed stands',
            servers_processed = f.servers, hours_billed = f.hours, total_billed = f.amount, tokens_debited = f.tokens
        from (
            select left_open.id, figures.* from cron_service.runs left_open
                cross join lateral cron_service.run_figures(left_open.id) as figures
            where left_open.job = @job and left_open.status = 'running' and left_open.id < @before_id and left_open.handed_over_at is null
        ) as f
        where r.id = f.id and r.status = 'running'
        """;

    // The lease is taken before the run's row is inserted, and an expired lease is never renewed.
    private const string DeadSql = """
        select r.id as run_id, r.job, r.trigger, r.attempt, not exists (select from cron_service.runs n where n.job = r.job
            and n.id > r.id) as is_latest
        from cron_service.runs r
        where r.status = 'running' and r.handed_over_at is null
            and not exists (select from cron_service.leases l where l.job = r.job and cron_service.is_leased(l.expires_at))
        """;

    // Checks again under the lease's lock, which an uncommitted renewal or write of the run holds. Locked ones are left to a later
    // heartbeat.
    private const string CloseDeadSql = """
        with run_out as (
            select job from cron_service.leases where not cron_service.is_leased(expires_at) for no key update skip locked
        )
        update cron_service.runs r
        set status = 'abandoned', finished_at = now(), message = 'its process died or was cut off; what it had committed stands',
            retry_at = now() + f.retry_after, servers_processed = f.servers, hours_billed = f.hours, total_billed = f.amount,
                tokens_debited = f.tokens
        from (
            select dead.*, figures.* from unnest(@ids, @retry_afters::interval[]) as dead (id, retry_after)
                cross join lateral cron_service.run_figures(dead.id) as figures
        ) as f
        where r.id = f.id and r.status = 'running' and r.handed_over_at is null
          and not exists (select from cron_service.leases l where l.job = r.job and l.job not in (select job from run_out))
        """;

    // Its figures are stored to tell progress in the next request.
    private const string HandOverSql = """
        update cron_service.runs r set handed_over_at = clock_timestamp(),
            idle_turns = case when @has_progressed
                or (f.hours, f.amount, f.tokens) <> (r.hours_billed, r.total_billed, r.tokens_debited) then 0 else r.idle_turns + 1 end,
            servers_processed = f.servers, hours_billed = f.hours, total_billed = f.amount, tokens_debited = f.tokens
        from cron_service.run_figures(@id) as f
        where r.id = @id and r.status = 'running'
        """;

    private const string IsHandedOverSql =
        "select exists (select from cron_service.runs where job = @job and status = 'running' and handed_over_at is not null)";

    // A heartbeat without a time limit would have continued it within a minute.
    private const string AdoptSql = """
        update cron_service.runs set handed_over_at = null
        where id = (select min(id) from cron_service.runs where job = @job and status = 'running' and handed_over_at is not null)
          and (not @is_limited or idle_turns < @max_idle or handed_over_at < clock_timestamp() - interval '10 minutes')
        returning id, trigger, attempt, @is_limited and idle_turns >= @max_idle as is_stuck
        """;

    private const string FiguresSql = "select servers, hours, amount, tokens from cron_service.run_figures(@id)";

    private const string CloseSql = """
        with closed as (
            update cron_service.runs set status = @status, finished_at = clock_timestamp(), message = @message::text,
                retry_at = clock_timestamp() + @retry_after::interval,
                servers_processed = @servers, hours_billed = @hours, total_billed = @amount, tokens_debited = @tokens,
                error_count = cardinality(@messages), is_cut_off = @is_cut_off
            where id = @id and status = 'running'
            returning id, retry_at
        ), lines as (
            insert into cron_service.run_errors (run_id, ordinal, kind, server_id, message)
            select c.id, e.ordinal, e.kind, e.server_id, left(e.message, 2000)
            from closed c, unnest(@kinds, @server_ids::integer[], @messages) with ordinality as e(kind, server_id, message, ordinal)
        )
        select retry_at from closed
        """;

    private const string LastOccurrencesSql = """
        select clock_timestamp() as now, wanted.job, (select max(scheduled_for) from cron_service.runs where job = wanted.job) as latest
            from unnest(@jobs) as wanted (job)
        """;

    /// <returns>The new run's id; null when another process has already started this or a later occurrence.</returns>
    public Task<long?> OpenAsync(string job, RunTrigger trigger, string requestedBy, DateTimeOffset? scheduledFor, int missed,
        CancellationToken ct) =>
        database.FindAsync<long?>(OpenSql, ct, ("job", job), ("trigger", trigger.Text()), ("requested_by", requestedBy),
            ("scheduled_for", scheduledFor?.UtcDateTime), ("missed", missed));

    /// <summary>Opens the run of the latest occurrence up to an instant. Called by the holder of the lease, so that occurrences run
    /// meanwhile are neither due nor missed.</summary>
    public async Task<OpenedRun?> OpenDueAsync(JobSettings settings, DateTimeOffset until, CancellationToken ct)
    {
        if (await DueAsync(settings, until, ct) is not var (occurrence, count))
            return null;
        var trigger = count > 1 ? RunTrigger.CatchUp : RunTrigger.Schedule;
        return await OpenAsync(settings.Job, trigger, "scheduler", occurrence, count - 1, ct) is { } runId ? new(runId, trigger, 1) : null;
    }

    /// <returns>Null when the failed run was already retried, or another run of its job has started since.</returns>
    public Task<OpenedRun?> OpenRetryAsync(Run failed, CancellationToken ct) =>
        database.FindAsync(OpenRetrySql, row => new OpenedRun(row.Get<long>("id"), RunTrigger.Retry, failed.Attempt + 1), ct,
            ("failed_id", failed.RunId));

    /// <summary>Leaves a run to the next heartbeat. The caller still has the lease.</summary>
    public Task HandOverAsync(long runId, bool hasProgressed) =>
        database.ExecuteAsync(HandOverSql, CancellationToken.None, ("id", runId), ("has_progressed", hasProgressed));

    /// <returns>Whether a run of a job waits for a heartbeat to continue it.</returns>
    public Task<bool> IsHandedOverAsync(string job, CancellationToken ct) => database.ScalarAsync<bool>(IsHandedOverSql, ct, ("job", job));

    /// <summary>Continues the run that was left to a heartbeat. Called by the holder of the lease.</summary>
    /// <param name="isLimited">Whether the caller's time is limited. After a few requests without progress it leaves the run to a
    /// heartbeat without a limit.</param>
    /// <returns>Null for nothing to continue; and whether no such heartbeat came, so that the run can't end.</returns>
    public async Task<(OpenedRun Run, bool IsStuck)?> AdoptAsync(string job, bool isLimited, CancellationToken ct) =>
        await database.FindAsync(AdoptSql, row => ((OpenedRun, bool)?)(new OpenedRun(row.Get<long>("id"),
            row.Get<RunTrigger>("trigger"), row.Get<int>("attempt")), row.Get<bool>("is_stuck")), ct, ("job", job),
            ("is_limited", isLimited), ("max_idle", MaxIdleTurns));

    /// <summary>Stores the fencing number and the runs that this one depends on, and closes earlier dead runs.</summary>
    public async Task TakeOverAsync(Fence fence, long runId, IReadOnlyList<WaitedFor> waitedFor, CancellationToken ct)
    {
        await database.ExecuteAsync(FenceSql, ct, ("id", runId), ("fencing", fence.Number),
            ("waited_for", waitedFor.Count > 0 ? JsonSerializer.Serialize(waitedFor, JsonSerializerOptions.Web) : null));
        await database.ExecuteAsync(AbandonSql, ct, ("job", fence.Job), ("before_id", runId));
    }

    /// <returns>The runs of all jobs whose process died.</returns>
    public Task<List<DeadRun>> DeadAsync(CancellationToken ct) => database.QueryAsync<DeadRun>(DeadSql, ct);

    /// <param name="retryAfters">The wait until the retry of each; null for no retry.</param>
    /// <returns>The number of closed runs.</returns>
    public Task<int> CloseDeadAsync(IReadOnlyList<DeadRun> dead, IReadOnlyList<TimeSpan?> retryAfters, CancellationToken ct) =>
        database.ExecuteAsync(CloseDeadSql, ct, ("ids", dead.Select(run => run.RunId).ToArray()), ("retry_afters", retryAfters.ToArray()));

    /// <param name="retryAfter">The wait from its end to its retry; null for no retry.</param>
    /// <returns>Whether it was closed, false when it was already closed as abandoned; and the time of the retry.</returns>
    public async Task<(bool IsClosed, DateTime? RetryAt)> CloseAsync(long runId, RunOutcome outcome, TimeSpan? retryAfter) =>
        await database.FindAsync(CloseSql, row => (true, row.Nullable<DateTime?>("retry_at")), CancellationToken.None, ("id", runId),
            ("status", outcome.Status.Text()), ("message", outcome.Message),
            ("servers", outcome.Servers), ("hours", outcome.Hours), ("amount", outcome.Amount), ("tokens", outcome.Tokens),
            ("kinds", outcome.Errors.Select(e => e.Kind).ToArray()), ("server_ids", outcome.Errors.Select(e => e.ServerId).ToArray()),
            ("messages", outcome.Errors.Select(e => e.Message).ToArray()), ("retry_after", retryAfter), ("is_cut_off", outcome.IsCutOff));

    /// <summary>Adds the committed figures of an interrupted run.</summary>
    public async Task<RunOutcome> WithFiguresAsync(long runId, RunOutcome outcome) =>
        (await database.QueryAsync(FiguresSql, row => outcome with
        {
            Servers = row.Get<int>("servers"), Hours = row.Get<long>("hours"), Amount = row.Get<decimal>("amount"),
            Tokens = row.Get<long>("tokens"),
        }, CancellationToken.None, ("id", runId)))[0];

    /// <returns>The latest occurrence up to an instant without a run, and their number; null when there is
    /// none.</returns>
    public async Task<(DateTimeOffset Latest, int Count)?> DueAsync(JobSettings settings, DateTimeOffset until, CancellationToken ct) =>
        settings.Due((await LastOccurrencesAsync([settings.Job], ct)).ByJob[settings.Job], until);

    /// <returns>The latest occurrence with a run of each job, null when there is none, and the database's clock.</returns>
    public async Task<(DateTimeOffset Now, IReadOnlyDictionary<string, DateTimeOffset?> ByJob)> LastOccurrencesAsync(string[] jobs,
        CancellationToken ct)
    {
        var rows = await database.QueryAsync(LastOccurrencesSql, row => (Now: row.Get<DateTimeOffset>("now"), Job: row.Get<string>("job"),
            Latest: row.Get<DateTimeOffset?>("latest")), ct, ("jobs", jobs));
        return (rows[0].Now, rows.ToDictionary(row => row.Job, row => row.Latest));
    }

    /// <summary>Reads the database's clock.</summary>
    public Task<DateTimeOffset> NowAsync(CancellationToken ct) => DatabaseClock.NowAsync(database, ct);
}
