using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Caches forecasts until the hour ends. Concurrent callers share one computation.</summary>
public sealed class ForecastCache(Forecasts forecasts, ScratchTransaction scratch, AsyncMutex<ForecastCache> mutex, TimeProvider time)
{
    private const int MaxMonths = 3;

    private readonly Dictionary<string, Forecast> _cached = [];

    /// <param name="month">Like <c>2026-03</c>; null for the current month.</param>
    /// <param name="isFresh">Whether it must be computed now.</param>
    /// <returns>Null while another computation is executed in this process.</returns>
    /// <exception cref="BadInputException">The month is out of range.</exception>
    public Task<Forecast?> GetAsync(string? month, bool isFresh, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var oldest = isFresh ? now : now.Date.AddHours(now.Hour);
        return mutex.RunAsync(async () =>
        {
            var key = month ?? "";
            if (_cached.TryGetValue(key, out var cached) && cached.ComputedAt >= oldest)
                return cached;
            var forecast = await scratch.TryAsync(
                connection => forecasts.ComputeAsync(connection, month, Comparison.MaxRows, ct), ct);
            if (forecast is null)
                return null;
            if (_cached.Count >= MaxMonths)
                _cached.Clear();
            _cached[key] = forecast;
            return forecast;
        }, ct);
    }
}
