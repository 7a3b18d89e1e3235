namespace SkyPanel.Functions.Jobs;

/// <summary>Computes metrics of jobs from the run log.</summary>
public sealed class RunMetrics(NpgsqlDataSource database)
{
    // Skipped and cancelled runs don't count for the rates; partial ones count as successful.
    private const string JobsSql = """
        select job, count(*) as runs, count(*) filter (where status = 'succeeded') as succeeded,
            count(*) filter (where status = 'partial') as partial,
               count(*) filter (where status in ('failed', 'abandoned')) as failed, count(*) filter (where status = 'held') as held,
               count(*) filter (where status in ('skipped', 'cancelled')) as not_run, coalesce(sum(error_count), 0)::bigint as errors,
               coalesce(sum(missed_occurrences), 0)::bigint as missed_occurrences, count(*) filter (where trigger = 'retry') as retries,
               coalesce(percentile_disc(array[0.5, 0.95, 0.99,
                   1]) within group (order by (extract(epoch from finished_at - started_at) * 1000)::bigint)
                        filter (where status in ('succeeded', 'partial', 'failed', 'held')), '{}') as milliseconds
        from cron_service.runs
        where started_at >= @from and started_at < @to and status <> 'running'
        group by job order by job
        """;

    public Task<List<JobMetrics>> JobsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        database.QueryAsync(JobsSql, Read, ct, ("from", from.UtcDateTime), ("to", to.UtcDateTime));

    private static JobMetrics Read(NpgsqlDataReader row)
    {
        var (succeeded, partial, failed) = (row.Get<long>("succeeded"), row.Get<long>("partial"), row.Get<long>("failed"));
        var rated = succeeded + partial + failed;
        var milliseconds = row.Get<long[]>("milliseconds");
        return new(row.Get<string>("job"), row.Get<long>("runs"), succeeded, partial, failed, row.Get<long>("held"),
            row.Get<long>("not_run"),
            rated == 0 ? null : (succeeded + partial) / (double)rated, rated == 0 ? null : failed / (double)rated,
            row.Get<long>("errors"), row.Get<long>("missed_occurrences"),
            milliseconds is [var p50, var p95, var p99, var longest] ? new(p50, p95, p99, longest) : null, row.Get<long>("retries"));
    }
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
