using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Billing;

/// <summary>Rates, durations and amounts of runs in a span of time, over HTTP.</summary>
public sealed class MetricsFunctions(
    Gate gate, RunMetrics metrics, BillingDays days, AsyncMutex<MetricsFunctions> mutex, TimeProvider time)
{
    private const string Route = "api/admin/cron/metrics";

    private static readonly TimeSpan Usual = TimeSpan.FromDays(7), Longest = TimeSpan.FromDays(366);

    /// <summary>Shows how well the jobs did, and what was billed by day.</summary>
    [Function("GetMetrics")]
    [Operation(Role.Viewer, Query = typeof(MetricsQuery))]
    [Answer(200, typeof(MetricsAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        gate.EnterAsync<MetricsQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var to = query.To ?? time.GetUtcNow();
            var from = query.From ?? to - Usual;
            if (from >= to || to - from > Longest)
                throw new BadInputException("from", $"must be before to, by {Longest.Days} days at most");
            // It may add up a year of runs.
            return ApiJson.Ok(await mutex.RunAsync(async () =>
                new MetricsAnswer(from.UtcDateTime, to.UtcDateTime, await metrics.JobsAsync(from, to, ct),
                    await days.ReadAsync(from, to, ct)), ct));
        });
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
