using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Health;

/// <summary>Checks that every job that is enabled and not paused runs when it is due.</summary>
public sealed class MissedRuns(JobStates states)
{
    // Dependencies may take time and retries, but not forever.
    private static readonly TimeSpan DependencyTimeout = TimeSpan.FromHours(2);

    public Check Check => new("missed-runs", false, (_, ct) => RunAsync(ct));

    private async Task<Finding?> RunAsync(CancellationToken ct)
    {
        var missed = (await states.ReadAsync(1, ct)).Select(Find).OfType<string>().ToList();
        return missed.Count == 0 ? Finding.Ok("every enabled job ran when it was due")
            : Finding.Failing($"{string.Join("; ", missed)}. See that the heartbeat runs (Cron__Heartbeat__Schedule) and that what " +
                $"is waited for is mended; triggering the job is safe.");
    }

    private static string? Find(JobState job)
    {
        if (!job.MayRun || job.DueAt(job.Now - JobState.StartTimeout) is not { } occurrence)
            return null;
        // A long run delays the next one, which is not missed. A run that started since then is a manual one.
        if (job is { IsExecuting: true, LastRun: { Status: RunStatus.Running } run }
            && run.StartedAt < (occurrence + JobState.StartTimeout).UtcDateTime)
            return null;
        var due = $"{job.Job.Name} was due at {occurrence.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
        return job.WaitingFor.Count == 0 ? $"{due} and did not run"
            : job.WaitingFor.All(other => other.IsPending) && job.Now - occurrence < DependencyTimeout ? null
            : $"{due} and waits for {string.Join("; ", job.WaitingFor)}";
    }
}
