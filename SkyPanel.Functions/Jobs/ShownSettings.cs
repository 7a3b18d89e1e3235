using Npgsql;
using SkyPanel.Functions.Caching;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Caches the stored settings of all jobs for display. One statement checks whether their sources have changed. Decisions about
/// runs don't use this cache.</summary>
public sealed class ShownSettings(JobTypes jobs, NpgsqlDataSource database, Caches caches) : IDisposable
{
    // A limit, in case the fingerprint misses a change.
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(30);

    // All sources of Scheduling/, whatever columns the panel's tables have. Without seen_at, which changes with every look.
    private const string FingerprintSql = """
        select hashtextextended(concat_ws('|',
            (select string_agg((to_jsonb(j) - 'seen_at')::text, ',' order by j.job) from cron_service.jobs j),
            (select string_agg(s::text, ',' order by s::text) from public.server_hourly_billing_settings s),
            (select string_agg(s::text, ',' order by s.key) from public.settings s
             where s.key in ('server_hourly_billing_enabled', 'server_hourly_billing_cron_schedule', 'server_hours_per_month')),
            (select string_agg(s::text, ',' order by s::text) from public.dns_billing_settings s)), 0)
        """;

    private readonly Cached<IReadOnlyDictionary<string, JobSettings>> _kept =
        caches.Keep("job-settings", KeptFor, ct => ReadAsync(jobs, ct));

    /// <summary>By job.</summary>
    public async Task<IReadOnlyDictionary<string, JobSettings>> ReadAsync(CancellationToken ct)
    {
        // One of the panel's tables may be absent, or have another shape.
        return await Attempt.QueryAsync(database, FingerprintSql, row => row.GetInt64(0), ct) is [var version]
            ? await _kept.GetAsync(ct, version) : await ReadAsync(jobs, ct);
    }

    public void Dispose() => _kept.Dispose();

    private static async Task<IReadOnlyDictionary<string, JobSettings>> ReadAsync(JobTypes jobs, CancellationToken ct)
    {
        var settings = new Dictionary<string, JobSettings>();
        foreach (var job in jobs.All)
            settings[job.Name] = await job.ReadSettingsAsync(ct);
        return settings;
    }
}
