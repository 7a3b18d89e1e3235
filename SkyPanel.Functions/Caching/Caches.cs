using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SkyPanel.Functions.Telemetry;

namespace SkyPanel.Functions.Caching;

/// <summary>Creates the caches of this process and counts their hits, for the status and as a metric.</summary>
public sealed class Caches
{
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (TimeSpan MaxAge, Lookups Lookups)> _all = new();

    public Caches(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        meters.Create(RunTelemetry.Name).CreateObservableCounter("skypanel.cache.lookups", Measure, "{lookup}",
            "Lookups in memory caches, by cache and result.");
    }

    /// <param name="name">Like <c>api-keys</c>; each name once.</param>
    /// <param name="maxAge">The maximum age of the value.</param>
    public Cached<T> Create<T>(string name, TimeSpan maxAge, Func<CancellationToken, Task<T>> read)
    {
        var lookups = new Lookups();
        if (!_all.TryAdd(name, (maxAge, lookups)))
            throw new ArgumentException($"There is a cache {name} already.", nameof(name));
        return new(maxAge, read, lookups, _time);
    }

    public IReadOnlyList<CacheFigures> Figures() => [.. _all.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one =>
    {
        var (hits, misses) = (one.Value.Lookups.Hits, one.Value.Lookups.Misses);
        return new CacheFigures(one.Key, hits, misses, hits + misses == 0 ? null : hits / (double)(hits + misses),
            one.Value.MaxAge.TotalSeconds);
    })];

    private IEnumerable<Measurement<long>> Measure() => _all.SelectMany(one => new[]
    {
        Of(one.Value.Lookups.Hits, one.Key, "hit"),
        Of(one.Value.Lookups.Misses, one.Key, "miss"),
    });

    private static Measurement<long> Of(long lookups, string cache, string result) =>
        new(lookups, new KeyValuePair<string, object?>("cache", cache), new KeyValuePair<string, object?>("result", result));
}

/// <summary>The figures of a cache since this process started.</summary>
/// <param name="HitRate">Hits over lookups, 0 to 1; null before the first.</param>
/// <param name="KeptForSeconds">The maximum age of the cached value.</param>
public sealed record CacheFigures(string Name, long Hits, long Misses, double? HitRate, double KeptForSeconds);
