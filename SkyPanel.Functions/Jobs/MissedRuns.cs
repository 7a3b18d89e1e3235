using SkyPanel.Functions.Monitoring;

namespace SkyPanel.Functions.Jobs;

/// <summary>Whether every job that is enabled and not paused runs when it is due.</summary>
public sealed class MissedRuns(JobTypes jobs, RunLog log, RunQueries runs, Leases leases, Pauses pauses, Dependencies dependencies)
{
    /// <summary>The heartbeat starts what a bound timer missed within a minute.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // What is waited for may take its time, and be run again; but not for ever.
    private static readonly TimeSpan PatienceWithOthers = TimeSpan.FromHours(2);

    public Check Check => new("missed-runs", false, (_, ct) => LookAsync(ct));

    private async Task<CheckResult?> LookAsync(CancellationToken ct)
    {
        var now = await log.NowAsync(ct);
        var missed = new List<string>();
        foreach (var job in jobs.All)
        {
            if (await FindAsync(job, now, ct) is { } finding)
                missed.Add(finding);
        }
        return missed.Count == 0 ? CheckResult.Ok("every enabled job ran when it was due")
            : CheckResult.Failing($"{string.Join("; ", missed)}. See that the heartbeat runs (Cron__Heartbeat__Schedule) and that what is waited for is mended; triggering the job is safe.");
    }

    private async Task<string?> FindAsync(JobType job, DateTimeOffset now, CancellationToken ct)
    {
        var settings = await job.ReadSettings(ct);
        if (!settings.Enabled || await pauses.FindAsync(job.Name, ct) is not null || await log.DueAsync(settings, now - Patience, ct) is not var (occurrence, _))
            return null;
        // A long run keeps the next one waiting, which isn't missed for it. One that has begun since then is somebody's by hand.
        if (await leases.IsHeldAsync(job.Name, ct) && (await runs.ListAsync(job.Name, "running", null, null, null, 1, ct)) is [var run] && run.StartedAt < (occurrence + Patience).UtcDateTime)
            return null;
        var due = $"{job.Name} was due at {occurrence.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
        var waiting = await dependencies.WaitingAsync(settings, now, ct);
        return waiting.Count == 0 ? $"{due} and did not run"
            : waiting.All(other => other.IsOnItsWay) && now - occurrence < PatienceWithOthers ? null
            : $"{due} and waits for {string.Join("; ", waiting)}";
    }
}
