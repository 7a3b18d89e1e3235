using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Decides when a failed or dead scheduled run is retried. The next occurrence or any other run of the job replaces the retry.
/// Manual runs are not retried, since a person is watching.</summary>
public sealed class Retries(JobRegistry jobs, RunQueries runs, RunLog log, IOptions<JobOptions> options)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public int MaxAttempts => options.Value.MaxRetries + 1;

    /// <returns>The wait after its end; null when it is not retried.</returns>
    public TimeSpan? After(RunTrigger trigger, long runId, int attempt, Schedule schedule, DateTimeOffset endedAt)
    {
        if (trigger == RunTrigger.Manual || attempt >= MaxAttempts)
            return null;
        var delay = BackOff(options.Value.RetryAfter, runId, attempt);
        return schedule.Next(endedAt) <= endedAt + delay ? null : delay;
    }

    /// <summary>Doubles the wait with each attempt, up to an hour, and adds up to a quarter, so that jobs that failed together are not
    /// retried together. The addition depends on the run only, so that every process computes the same.</summary>
    /// <param name="attempt">The failed attempt, from 1.</param>
    public static TimeSpan BackOff(TimeSpan first, long runId, int attempt)
    {
        var doubled = Math.Min(first.Ticks * Math.Pow(2, attempt - 1), Longest.Ticks);
        return TimeSpan.FromTicks(Math.Min((long)(doubled * (1 + Share(runId, attempt) / 4)), Longest.Ticks));
    }

    /// <summary>Whether a run with a retry time will be retried, by the current settings and pauses.</summary>
    public bool IsToCome(Run latest, JobSettings settings) =>
        latest.RetryAt is not null && latest.Attempt < MaxAttempts && settings.Enabled && latest.StartedAt >= settings.Since.UtcDateTime;

    /// <summary>Closes all runs whose process died, also those of jobs without a next run soon. The latest run of a job is
    /// retried.</summary>
    /// <returns>The number of closed runs.</returns>
    public async Task<int> CloseDeadAsync(CancellationToken ct)
    {
        if (await log.DeadAsync(ct) is not { Count: > 0 } dead)
            return 0;
        var now = await log.NowAsync(ct);
        var retryAfters = new List<TimeSpan?>();
        foreach (var run in dead)
            retryAfters.Add(run.IsLatest && jobs.Find(run.Job) is { } job && await job.ReadSettingsAsync(ct) is { Enabled: true } settings
                ? After(run.Trigger, run.RunId, run.Attempt, settings.Schedule, now) : null);
        return await log.CloseDeadAsync(dead, retryAfters, ct);
    }

    /// <returns>The run to retry now; null when there is none.</returns>
    public async Task<Run?> FindDueAsync(string job, JobSettings settings, DateTimeOffset now, CancellationToken ct)
    {
        if ((await runs.ListAsync(job, null, null, null, null, 1, ct)).FirstOrDefault() is not { } latest)
            return null;
        if (latest.Status == RunStatus.Running)
            await CloseDeadAsync(ct);
        return IsToCome(latest, settings) && latest.RetryAt <= now.UtcDateTime ? latest : null;
    }

    // Maps the run's id to a number from 0 to 1, by the finalizer of SplitMix64.
    private static double Share(long runId, int attempt)
    {
        var mixed = unchecked((ulong)runId * 0x9E3779B97F4A7C15 + (ulong)attempt);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB);
        return ((mixed ^ (mixed >> 31)) >> 11) / (double)(1UL << 53);
    }
}
