using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Caches the stored settings of all jobs for display. One statement checks whether they have changed. Decisions about runs
/// don't use this cache.</summary>
public sealed class SettingsCache(JobRegistry jobs, NpgsqlDataSource database, TimeProvider time) : IDisposable
{
    // A limit, in case the fingerprint misses a change.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    // Excludes seen_at, which changes with every read.
    private const string JobsSql = "select to_jsonb(j) - 'seen_at' from cron_service.jobs j";

    private readonly Cached<IReadOnlyDictionary<string, JobSettings>> _cached = new(Longest, ct => ReadAsync(jobs, ct), time);

    public async Task<IReadOnlyDictionary<string, JobSettings>> ReadAsync(CancellationToken ct)
    {
        var sources = jobs.All.SelectMany(job => job.SettingsSources).Prepend(JobsSql)
            .Select(sql => $"(select string_agg(r::text, ',' order by r::text) from ({sql}) as r)");
        // One of the panel's tables may be absent, or have another shape.
        return await Attempt.QueryAsync<long>(database, $"select hashtextextended(concat_ws('|', {string.Join(", ", sources)}), 0)", ct)
            is [var version] ? await _cached.GetAsync(ct, version) : await ReadAsync(jobs, ct);
    }

    public void Dispose() => _cached.Dispose();

    private static async Task<IReadOnlyDictionary<string, JobSettings>> ReadAsync(JobRegistry jobs, CancellationToken ct)
    {
        var settings = new Dictionary<string, JobSettings>();
        foreach (var job in jobs.All)
            settings[job.Name] = await job.ReadSettingsAsync(ct);
        return settings;
    }
}
