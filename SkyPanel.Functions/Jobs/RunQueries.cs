namespace SkyPanel.Functions.Jobs;

/// <summary>Reads the run log, the newest first, by keyset, so that every page of every filter costs the same.</summary>
public sealed class RunQueries(NpgsqlDataSource database)
{
    private const string Columns = """
        r.id as run_id, r.job, trigger, requested_by, scheduled_for, started_at, finished_at,
        (extract(epoch from finished_at - started_at) * 1000)::bigint as duration_ms, status, servers_processed, hours_billed,
        total_billed, tokens_debited, error_count, message, missed_occurrences, attempt, retry_of, retry_at,
        coalesce(waited_for, '[]') as waited_for
        """;

    // If the run was deleted since, the page continues from its place.
    private const string ListSql = $"""
        select {Columns}
        from cron_service.runs r
        where (@job::text is null or job = @job::text) and (@status::text is null or status = @status::text)
          and (@from::timestamptz is null or started_at >= @from::timestamptz)
              and (@to::timestamptz is null or started_at < @to::timestamptz)
          and (@before_id::bigint is null or (started_at,
              id) < ((select started_at from cron_service.runs where id <= @before_id order by id desc limit 1), @before_id))
        order by started_at desc, id desc limit @limit
        """;

    // Avoids job = wanted.job: the planner would scan the latest of all runs for enough of this job, and the whole log for a job that
    // never ran. This form uses the index on (job, started_at, id).
    private const string LatestSql = $"""
        select {Columns}
        from unnest(@jobs) as wanted (job)
        cross join lateral (
            select * from cron_service.runs where (job, started_at) >= (wanted.job, '-infinity')
                and (job, started_at) <= (wanted.job, 'infinity')
            order by job desc, started_at desc, id desc limit @limit) as r
        order by started_at desc, r.id desc
        """;

    private const string FindSql = $"""
        select {Columns}
        from cron_service.runs r where id = @id
        """;

    private const string ErrorsSql = "select kind, server_id, message from cron_service.run_errors where run_id = @id order by ordinal";

    /// <param name="beforeId">The last run of the previous page; null for the first page.</param>
    public Task<List<Run>> ListAsync(string? job, RunStatus? status, DateTimeOffset? from, DateTimeOffset? to, long? beforeId, int limit,
        CancellationToken ct) =>
        database.QueryAsync<Run>(ListSql, ct, ("job", job), ("status", status?.Text()), ("from", from?.UtcDateTime),
            ("to", to?.UtcDateTime),
            ("before_id", beforeId), ("limit", limit));

    /// <summary>Returns the latest runs of each job, the newest first.</summary>
    public async Task<ILookup<string, Run>> LatestAsync(IEnumerable<string> jobs, int limit, CancellationToken ct) =>
        (await database.QueryAsync<Run>(LatestSql, ct, ("jobs", jobs.ToArray()), ("limit", limit))).ToLookup(run => run.Job);

    public Task<Run?> FindAsync(long runId, CancellationToken ct) => database.FindAsync<Run>(FindSql, ct, ("id", runId));

    public Task<List<RunError>> ErrorsAsync(long runId, CancellationToken ct) =>
        database.QueryAsync<RunError>(ErrorsSql, ct, ("id", runId));
}
