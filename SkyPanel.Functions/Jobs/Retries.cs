using Microsoft.Extensions.Options;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>When a scheduled run that failed or died is run again. The next occurrence replaces what is left of it, and so does any other
/// run of its job: one by hand that fails is not run again, since a person is looking.</summary>
public sealed class Retries(JobTypes jobs, RunQueries runs, RunLog log, IOptions<JobOptions> options)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public int MostAttempts => options.Value.MaxRetries + 1;

    /// <returns>How long after its end; null when it is not run again.</returns>
    public TimeSpan? After(RunTrigger trigger, long runId, int attempt, Schedule schedule, DateTimeOffset endedAt)
    {
        if (trigger == RunTrigger.Manual || attempt >= MostAttempts)
            return null;
        var delay = BackOff(options.Value.RetryAfter, runId, attempt);
        return schedule.Next(endedAt) <= endedAt + delay ? null : delay;
    }

    /// <summary>Doubles with each attempt, up to an hour, and adds up to a quarter, so that jobs that failed together don't come back
    /// together. That quarter is read off the run: whichever process closes a run, its own or one that finds it dead, comes to the
    /// same.</summary>
    /// <param name="attempt">The one that failed, from 1 on.</param>
    public static TimeSpan BackOff(TimeSpan first, long runId, int attempt)
    {
        var doubled = Math.Min(first.Ticks * Math.Pow(2, attempt - 1), Longest.Ticks);
        return TimeSpan.FromTicks(Math.Min((long)(doubled * (1 + Share(runId, attempt) / 4)), Longest.Ticks));
    }

    /// <summary>Whether a run that has a retry time will be retried, as settings and pauses are now.</summary>
    public bool IsToCome(Run latest, JobSettings settings) =>
        latest.RetryAt is not null && latest.Attempt < MostAttempts && settings.Enabled && latest.StartedAt >= settings.Since.UtcDateTime;

    /// <summary>Closes the runs of all jobs whose process died: a job that is disabled, or whose next occurrence is far off, has no next
    /// run that would. The latest of a job is run again.</summary>
    /// <returns>How many were closed.</returns>
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

    // From 0 to 1, alike for all runs: the finalizer of SplitMix64.
    private static double Share(long runId, int attempt)
    {
        var mixed = unchecked((ulong)runId * 0x9E3779B97F4A7C15 + (ulong)attempt);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB);
        return ((mixed ^ (mixed >> 31)) >> 11) / (double)(1UL << 53);
    }
}
