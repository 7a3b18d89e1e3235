using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Keeps forecasts until the hour ends, and computes each once for all who ask meanwhile.</summary>
/// <remarks>Within an hour a month's forecast changes by what is decided and observed only; it says when it was computed.</remarks>
public sealed class KeptForecasts(Forecasts forecasts, ScratchTransaction scratch, AsyncMutex<KeptForecasts> one, TimeProvider time)
{
    private const int MostMonths = 3;

    private readonly Dictionary<string, Forecast> _kept = [];

    /// <param name="month">Like <c>2026-03</c>; null for the current month.</param>
    /// <param name="isFresh">True: nothing that was computed before it was asked for.</param>
    /// <returns>Null when another question about costs is being answered in this process.</returns>
    /// <exception cref="BadInputException">The month can't be asked about.</exception>
    public Task<Forecast?> GetAsync(string? month, bool isFresh, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var oldest = isFresh ? now : now.Date.AddHours(now.Hour);
        return one.RunAsync(async () =>
        {
            var key = month ?? "";
            if (_kept.TryGetValue(key, out var kept) && kept.ComputedAt >= oldest)
                return kept;
            var forecast = await scratch.TryAsync(
                connection => forecasts.ComputeAsync(connection, month, Comparison.MostRows, ct), ct);
            if (forecast is null)
                return null;
            if (_kept.Count >= MostMonths)
                _kept.Clear();
            _kept[key] = forecast;
            return forecast;
        }, ct);
    }
}
