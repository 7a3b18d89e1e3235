namespace SkyPanel.Functions.Jobs;

/// <summary>Reads the states of all jobs for display and checks, with a fixed number of statements. Decisions about runs don't use
/// it.</summary>
public sealed class JobStates(JobTypes jobs, SettingsCache cache, Pauses pauses, Leases leases, RunLog log, RunQueries runs,
    Retries retries, Dependencies dependencies)
{
    /// <param name="latest">The number of runs of each job.</param>
    /// <returns>The states in the order of registration.</returns>
    public async Task<IReadOnlyList<JobState>> ReadAsync(int latest, CancellationToken ct)
    {
        var names = jobs.All.Select(job => job.Name).ToArray();
        var (now, occurrences) = await log.LastOccurrencesAsync(names, ct);
        var (settings, paused, held, waits) = (await cache.ReadAsync(ct), await pauses.FindAsync(names, ct), await leases.HeldAsync(ct),
            await dependencies.ListAsync(ct));
        // Read last, to include a run that failed meanwhile.
        var runsOf = await runs.LatestAsync(names, latest, ct);
        var states = jobs.All.ToDictionary(job => job.Name, job => new JobState(
            job, settings[job.Name], paused[job.Name], held.Contains(job.Name), now, occurrences[job.Name], [.. runsOf[job.Name]],
            paused[job.Name] is null && runsOf[job.Name].FirstOrDefault() is { } last
                && retries.IsToCome(last, settings[job.Name]) ? last.RetryAt : null)
        {
            WaitsFor = waits.GetValueOrDefault(job.Name) ?? [],
        });
        return [.. jobs.All.Select(job => states[job.Name]).Select(state => state with { WaitingFor = WaitingFor(state, states) })];
    }

    private static IReadOnlyList<Awaited> WaitingFor(JobState job, Dictionary<string, JobState> states) =>
        !job.MayRun || (job.DueAt(job.Now) is null && !(job.RetryAt <= job.Now.UtcDateTime)) ? []
        : [.. job.WaitsFor.Select(name => states.TryGetValue(name, out var other) ? other.AsAwaited() : Awaited.NoJob(name))
            .Where(other => other.Reason is not null)];
}
