namespace SkyPanel.Functions.Jobs;

/// <summary>Reads the states of all jobs, for display and checks: a statement for all of them, whatever their number, and what waits
/// for what is found in what those said. What decides about a run asks anew, about its own job.</summary>
public sealed class JobStates(JobTypes jobs, SettingsCache cache, Pauses pauses, Leases leases, RunLog log, RunQueries runs,
    Retries retries, Dependencies dependencies)
{
    /// <param name="latest">So many of each job's runs.</param>
    /// <returns>In the order in which the jobs are registered.</returns>
    public async Task<IReadOnlyList<JobState>> ReadAsync(int latest, CancellationToken ct)
    {
        var names = jobs.All.Select(job => job.Name).ToArray();
        var (now, occurrences) = await log.LastOccurrencesAsync(names, ct);
        var (settings, paused, held, waits) = (await cache.ReadAsync(ct), await pauses.FindAsync(names, ct), await leases.HeldAsync(ct),
            await dependencies.ListAsync(ct));
        // Read last: a run that began and failed meanwhile is seen.
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
