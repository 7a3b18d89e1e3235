namespace SkyPanel.Functions.Jobs;

/// <summary>Computes metrics of jobs from the run log.</summary>
public sealed class RunMetrics(NpgsqlDataSource database)
{
    // Skipped and cancelled runs don't count for the rates; partial ones count as successful.
    private const string JobsSql = """
        with totals as (
            select job, count(*) as runs, count(*) filter (where status = 'succeeded') as succeeded,
                   count(*) filter (where status = 'partial') as partial,
                   count(*) filter (where status in ('failed', 'abandoned')) as failed, count(*) filter (where status = 'held') as held,
                   count(*) filter (where status in ('skipped', 'cancelled')) as not_run, coalesce(sum(error_count), 0)::bigint as errors,
                   coalesce(sum(missed_occurrences), 0)::bigint as missed_occurrences, count(*) filter (where trigger = 'retry') as retries,
                   percentile_disc(array[0.5, 0.95, 0.99, 1])
                       within group (order by (extract(epoch from finished_at - started_at) * 1000)::bigint)
                       filter (where status in ('succeeded', 'partial', 'failed', 'held')) as ms
            from cron_service.runs
            where started_at >= @from and started_at < @to and status <> 'running'
            group by job
        )
        select job, runs, succeeded, partial, failed, held, not_run, (succeeded + partial)::float8 / rated as success_rate,
               failed::float8 / rated as error_rate, errors, missed_occurrences, ms[1] as p50, ms[2] as p95, ms[3] as p99, ms[4] as longest,
               retries
        from totals cross join lateral (select nullif(succeeded + partial + failed, 0) as rated) r
        order by job
        """;

    public Task<List<JobMetrics>> JobsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        database.QueryAsync<JobMetrics>(JobsSql, ct, ("from", from.UtcDateTime), ("to", to.UtcDateTime));
}

/// <summary>The metrics of a job over a span of time.</summary>
/// <param name="NotRun">Skipped or cancelled runs, which count for neither rate.</param>
/// <param name="SuccessRate">The share of succeeded and partial runs, 0 to 1, among these and the failed ones; null without any.</param>
/// <param name="Failed">Failed or abandoned runs.</param>
/// <param name="Errors">Lines in the runs' error lists.</param>
/// <param name="Retries">Retries; they and the failed runs also count among the others.</param>
public sealed record JobMetrics(
    string Job, long Runs, long Succeeded, long Partial, long Failed, long Held, long NotRun, double? SuccessRate, double? ErrorRate,
    long Errors, long MissedOccurrences, RunDurations? DurationMs, long Retries);

/// <summary>Percentiles of durations in milliseconds, of completed runs.</summary>
public sealed record RunDurations(long P50, long P95, long P99, long Longest);
