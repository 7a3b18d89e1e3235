using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Admin;

/// <summary>Rates, durations and money over a span of time; by default the last seven days.</summary>
public sealed class MetricsEndpoints(RunMetrics metrics, TimeProvider time)
{
    public const string Route = "api/admin/cron/metrics";

    private static readonly TimeSpan Usual = TimeSpan.FromDays(7), Longest = TimeSpan.FromDays(366);

    public async Task<IResult> GetAsync(HttpRequest request, CancellationToken ct)
    {
        Query.Only(request.Query, "from", "to");
        var to = Query.Instant(request.Query, "to") ?? time.GetUtcNow();
        var from = Query.Instant(request.Query, "from") ?? to - Usual;
        if (from >= to || to - from > Longest)
            throw new BadInputException("from", $"must be before to, by {Longest.Days} days at most");
        return AdminJson.Ok(new MetricsAnswer(from.UtcDateTime, to.UtcDateTime, await metrics.JobsAsync(from, to, ct), await metrics.DaysAsync(from, to, ct)));
    }
}

/// <summary>How well the jobs did.</summary>
/// <param name="To">Exclusive.</param>
/// <param name="Days">What hourly billing charged, by day (UTC).</param>
public sealed record MetricsAnswer(DateTime From, DateTime To, IReadOnlyList<JobMetrics> Jobs, IReadOnlyList<BillingDay> Days);
