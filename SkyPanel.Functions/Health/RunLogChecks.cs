using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Health;

/// <summary>Checks the results of runs and the delivery of debits and messages.</summary>
public sealed class RunLogChecks(NpgsqlDataSource database)
{
    // Skipped runs and those that a person stopped don't count, nor do runs that will be retried. After a stop of the process the next
    // occurrence may come before a retry. Held ones are covered by the check "held".
    private const string Counts = "(status in ('succeeded', 'partial', 'held', 'failed', 'abandoned') or is_cut_off)";
    private const string IsRunAgain = """
        (coalesce(r.retry_at > now() - interval '5 minutes', false) or r.is_cut_off and r.finished_at > now() - interval '5 minutes'
            or exists (select from cron_service.runs n where n.retry_of = r.id and n.status = 'running'))
        """;

    private const string BillingSql = $"""
        select id, status, coalesce(message, '') as message, {IsRunAgain} as is_run_again from cron_service.runs r
        where job = 'hourly-billing' and {Counts} order by started_at desc, id desc limit 1
        """;

    // By (job, started_at): see RunQueries.
    private const string JobsSql = $"""
        select string_agg('run ' || r.id || ' of ' || j.job || ' ' || r.status || ': ' || coalesce(r.message, ''), '; '
            order by j.job) filter (where not is_run_again) as failing,
               coalesce(bool_or(is_run_again), false) as is_run_again
        from cron_service.jobs j cross join lateral (
            select id, status, message, {IsRunAgain} as is_run_again
            from cron_service.runs r
            where (job, started_at) >= (j.job, '-infinity') and (job, started_at) <= (j.job, 'infinity') and {Counts}
            order by job desc, started_at desc, id desc limit 1) as r
        where j.enabled and j.job not in ('hourly-billing', 'monitoring') and r.status in ('failed', 'abandoned', 'cancelled')
        """;

    // A quarter of a day's runs may fail temporarily. Runs that are retried don't count separately.
    // Without monitoring's own runs, which fail when a check fails.
    private const string ErrorRateSql = $"""
        select string_agg(job || ': ' || failed || ' of ' || total, ', ' order by job) as failing from (
            select job, count(*) filter (where status in ('failed', 'abandoned', 'cancelled')) as failed, count(*) as total
            from cron_service.runs r
            where started_at > now() - interval '24 hours' and {Counts} and job <> 'monitoring'
              and coalesce(retry_at < now() - interval '5 minutes', true)
                  and not exists (select from cron_service.runs n where n.retry_of = r.id)
            group by job) as rates
        where failed >= 3 and failed * 4 >= total
        """;

    private const string OutboxSql = """
        select (select count(*) from cron_service.outbox where state = 'pending' and next_attempt_at < now() - interval '30 minutes')
                   as overdue,
               (select count(*) from cron_service.outbox where state = 'pending') as pending,
               (select message from cron_service.outbox where state = 'discarded' and closed_at > now() - interval '24 hours'
               and message not like '% is off: %'
                  and message not like 'restored from a backup of %'
                  and kind not like 'notice-%'
                order by closed_at desc limit 1) as discarded
        """;

    public IEnumerable<Check> All =>
    [
        new("billing-run", true, (_, ct) => BillingAsync(ct)),
        new("job-runs", true, (_, ct) => JobsAsync(ct)),
        new("error-rate", false, (_, ct) => ErrorRateAsync(ct)),
        new("outbox", true, (_, ct) => OutboxAsync(ct)),
    ];

    private async Task<Finding?> BillingAsync(CancellationToken ct)
    {
        var latest = await database.QueryAsync<LatestRun>(BillingSql, ct);
        return latest is not [var run] ? Finding.Ok("There was no billing run yet.")
            : run.IsRunAgain ? null
            : run.Status is RunStatus.Failed or RunStatus.Abandoned or RunStatus.Cancelled
                ? Finding.Failing($"Billing run {run.Id} {Ending(run.Status)}: {run.Message}. The next run goes on from what was " +
                $"committed; GET /api/admin/cron/runs/{run.Id} has its errors.")
            : Finding.Ok($"The latest billing run, {run.Id}, ended as {run.Status.Text()}.");
    }

    private static string Ending(RunStatus status) => status switch
    {
        RunStatus.Failed => "failed",
        RunStatus.Abandoned => "died",
        _ => "was cut off",
    };

    private async Task<Finding?> JobsAsync(CancellationToken ct)
    {
        var (failing, isRunAgain) = (await database.QueryAsync(JobsSql,
            row => (row.Nullable<string>("failing"), row.Get<bool>("is_run_again")), ct))[0];
        return failing is not null
            ? Finding.Failing($"Not run again before the next occurrence: {failing}. When it is mended, trigger the job.")
            : isRunAgain ? null
            : Finding.Ok("The latest run of every other job went well.");
    }

    private async Task<Finding?> ErrorRateAsync(CancellationToken ct)
    {
        var failing = await database.FindAsync(ErrorRateSql, row => row.Nullable<string>("failing"), ct);
        return failing is null ? Finding.Ok("in 24 hours, no job failed in a quarter of its runs or more")
            : Finding.Failing($"Of the runs of the last 24 hours failed {failing}. See GET /api/admin/cron/logs, failed or cancelled.");
    }

    private async Task<Finding?> OutboxAsync(CancellationToken ct)
    {
        var (overdue, pending, discarded) = (await database.QueryAsync<Messages>(OutboxSql, ct))[0];
        return overdue > 0 ? Finding.Failing(
            $"{overdue} of {pending} messages to the outside have been due for more than 30 min: see that the heartbeat runs.")
            : discarded is not null ? Finding.Failing($"A message to the outside was discarded in the last 24 hours: {discarded}.",
                kind: "api")
            : Finding.Ok($"{pending} messages wait.");
    }

    private sealed record LatestRun(long Id, RunStatus Status, string Message, bool IsRunAgain);

    private sealed record Messages(long Overdue, long Pending, string? Discarded);
}
