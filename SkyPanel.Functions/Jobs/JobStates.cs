using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Reads the states of jobs, with a fixed number of statements besides those for their settings.</summary>
public sealed class JobStates(JobRegistry jobs, NpgsqlDataSource database, SettingsCache cache, Pauses pauses, Leases leases, RunLog log,
    RunQueries runs, Retries retries)
{
    /// <summary>Reads all jobs for display and checks, with cached settings.</summary>
    /// <param name="latest">The number of runs of each job.</param>
    /// <returns>The states in the order of registration.</returns>
    public async Task<IReadOnlyList<JobState>> ReadAsync(int latest, CancellationToken ct)
    {
        var (settings, waits) = (await cache.ReadAsync(ct), await Dependencies.ListAsync(database, ct));
        var states = await ReadAsync(jobs.All, settings, latest, ct);
        return [.. jobs.All.Select(job => states[job.Name] with { WaitsFor = waits.GetValueOrDefault(job.Name) ?? [] })
            .Select(state => state with { WaitingFor = WaitingFor(state, states) })];
    }

    /// <summary>Reads some jobs for decisions about runs, with their current settings.</summary>
    public async Task<IReadOnlyDictionary<string, JobState>> ReadAsync(IReadOnlyList<IJob> some, CancellationToken ct)
    {
        var settings = new Dictionary<string, JobSettings>();
        foreach (var job in some)
            settings[job.Name] = await job.ReadSettingsAsync(ct);
        return await ReadAsync(some, settings, 1, ct);
    }

    private async Task<IReadOnlyDictionary<string, JobState>> ReadAsync(IReadOnlyList<IJob> some,
        IReadOnlyDictionary<string, JobSettings> settings, int latest, CancellationToken ct)
    {
        var names = some.Select(job => job.Name).ToArray();
        var (now, occurrences) = await log.LastOccurrencesAsync(names, ct);
        var (paused, leased) = (await pauses.FindAsync(names, ct), await leases.LeasedAsync(ct));
        // Read last, to include a run that failed meanwhile.
        var runsOf = await runs.LatestAsync(names, latest, ct);
        return some.ToDictionary(job => job.Name, job => new JobState(
            job, settings[job.Name], paused[job.Name], leased.Contains(job.Name), now, occurrences[job.Name], [.. runsOf[job.Name]],
            paused[job.Name] is null && runsOf[job.Name].FirstOrDefault() is { } last
                && retries.IsToCome(last, settings[job.Name]) ? last.RetryAt : null));
    }

    private static IReadOnlyList<Awaited> WaitingFor(JobState job, IReadOnlyDictionary<string, JobState> states) =>
        !job.MayRun || (job.DueAt(job.Now) is null && !(job.RetryAt <= job.Now.UtcDateTime)) ? []
        : [.. Awaited.Of(job.WaitsFor, states).Where(other => other.Reason is not null)];
}
