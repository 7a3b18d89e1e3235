using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SkyPanel.Functions.Telemetry;

namespace SkyPanel.Functions.Caching;

/// <summary>All that this process keeps instead of reading it anew, and how well that works: in the status, and as a metric.</summary>
public sealed class Caches
{
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (TimeSpan Longest, Lookups Lookups)> _all = new();

    public Caches(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        meters.Create(RunTelemetry.Name).CreateObservableCounter("skypanel.cache.lookups", Measure, "{lookup}",
            "Look-ups of what is kept in memory, by cache and by whether it had to be read.");
    }

    /// <param name="name">Like <c>api-keys</c>; each name once.</param>
    /// <param name="longest">How old a reading may become.</param>
    public Cached<T> Keep<T>(string name, TimeSpan longest, Func<CancellationToken, Task<T>> read)
    {
        var lookups = new Lookups();
        if (!_all.TryAdd(name, (longest, lookups)))
            throw new ArgumentException($"There is a cache {name} already.", nameof(name));
        return new(longest, read, lookups, _time);
    }

    public IReadOnlyList<CacheFigures> Figures() => [.. _all.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one =>
    {
        var (hits, misses) = (one.Value.Lookups.Hits, one.Value.Lookups.Misses);
        return new CacheFigures(one.Key, hits, misses, hits + misses == 0 ? null : hits / (double)(hits + misses),
            one.Value.Longest.TotalSeconds);
    })];

    private IEnumerable<Measurement<long>> Measure() => _all.SelectMany(one => new[]
    {
        Of(one.Value.Lookups.Hits, one.Key, "hit"),
        Of(one.Value.Lookups.Misses, one.Key, "miss"),
    });

    private static Measurement<long> Of(long lookups, string cache, string result) =>
        new(lookups, new KeyValuePair<string, object?>("cache", cache), new KeyValuePair<string, object?>("result", result));
}

/// <summary>How a cache did since this process started.</summary>
/// <param name="HitRate">Hits over look-ups, 0 to 1; null before the first.</param>
/// <param name="KeptForSeconds">How old what is served may be.</param>
public sealed record CacheFigures(string Name, long Hits, long Misses, double? HitRate, double KeptForSeconds);
