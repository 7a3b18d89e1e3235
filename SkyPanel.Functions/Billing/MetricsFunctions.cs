using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves rates and durations of runs over HTTP.</summary>
public sealed class MetricsFunctions(Gate gate, RunMetrics metrics, AsyncMutex<MetricsFunctions> mutex, TimeProvider time)
{
    private static readonly TimeSpan DefaultRange = TimeSpan.FromDays(7), MaxRange = TimeSpan.FromDays(366);

    /// <summary>Shows the metrics of the jobs.</summary>
    [Function("GetMetrics")]
    [Operation(Role.Viewer, Query = typeof(MetricsQuery))]
    [Answer(200, typeof(MetricsAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/cron/metrics")] HttpRequest request) =>
        gate.EnterAsync<MetricsQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var to = query.To ?? time.GetUtcNow();
            var from = query.From ?? to - DefaultRange;
            if (from >= to || to - from > MaxRange)
                throw new BadInputException("from", $"must be before to, by {MaxRange.Days} days at most");
            // One at a time, as it may read a year of runs.
            return ApiJson.Ok(await mutex.RunAsync(async () =>
                new MetricsAnswer(from.UtcDateTime, to.UtcDateTime, await metrics.JobsAsync(from, to, ct)), ct));
        });
}

/// <summary>The metrics of the jobs.</summary>
/// <param name="To">Exclusive.</param>
public sealed record MetricsAnswer(DateTime From, DateTime To, IReadOnlyList<JobMetrics> Jobs);

/// <summary>Selects a range of at most 366 days.</summary>
public sealed class MetricsQuery
{
    /// <summary>Started at that time or later; seven days before <c>to</c> by default.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Started before that time; now by default.</summary>
    public DateTimeOffset? To { get; set; }
}
