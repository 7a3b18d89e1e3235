using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Rates, durations and money over a span of time; by default the last seven days.</summary>
public sealed class MetricsEndpoints(RunMetrics metrics, TimeProvider time) : IDisposable
{
    public const string Route = "api/admin/cron/metrics";

    private static readonly TimeSpan Usual = TimeSpan.FromDays(7), Longest = TimeSpan.FromDays(366);

    // It adds up a year of runs, if that is asked for.
    private readonly Turn _turn = new();

    public void Dispose() => _turn.Dispose();

    public async Task<IResult> GetAsync(HttpRequest request, CancellationToken ct)
    {
        var query = Query.Read<MetricsQuery>(request);
        var to = query.To ?? time.GetUtcNow();
        var from = query.From ?? to - Usual;
        if (from >= to || to - from > Longest)
            throw new BadInputException("from", $"must be before to, by {Longest.Days} days at most");
        return AdminJson.Ok(await _turn.TakeAsync(async () =>
            new MetricsAnswer(from.UtcDateTime, to.UtcDateTime, await metrics.JobsAsync(from, to, ct), await metrics.DaysAsync(from, to, ct)), ct));
    }
}

/// <summary>How well the jobs did.</summary>
/// <param name="To">Exclusive.</param>
/// <param name="Days">What hourly billing charged, by day (UTC).</param>
public sealed record MetricsAnswer(DateTime From, DateTime To, IReadOnlyList<JobMetrics> Jobs, IReadOnlyList<BillingDay> Days);

/// <summary>The span of time, 366 days at most.</summary>
public sealed class MetricsQuery
{
    /// <summary>Started then or later; seven days before <c>to</c> when it isn't said.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Started before; now when it isn't said.</summary>
    public DateTimeOffset? To { get; set; }
}
