using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves sums of charges over HTTP.</summary>
public sealed class SummaryFunctions(Gate gate, Summaries summaries, TimeProvider time)
{
    private static readonly TimeSpan MaxRangeByTime = TimeSpan.FromDays(366), MaxRangeByOne = TimeSpan.FromDays(31);

    /// <summary>Sums up hours, amounts and tokens by day, month, customer or server.</summary>
    /// <remarks>An hour counts on its own day (UTC), whenever it was charged, and a correction on the day of its first hour, so a range has
    /// the same sums in any grouping. By customer or server the range is at most 31 days, and the answer has pages.</remarks>
    [Function("GetSummary")]
    [Operation(Role.Viewer, Query = typeof(SummaryQuery))]
    [Answer(200, typeof(SummaryAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/summary")] HttpRequest request) =>
        gate.EnterAsync<SummaryQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            var (from, to) = Span(query);
            var isByOne = query.GroupBy is "account" or "server";
            if (!isByOne && query.Cursor is not null)
                throw new BadInputException("cursor", "is for groupBy account and server: days and months come at once");
            var after = query.Cursor ?? 0;
            var groups = await (query.GroupBy switch
            {
                "account" => summaries.ByAccountAsync(from, to, after, query.Limit, ct),
                "server" => summaries.ByServerAsync(from, to, after, query.Limit, ct),
                "month" => summaries.ByTimeAsync(from, to, "YYYY-MM", ct),
                _ => summaries.ByTimeAsync(from, to, "YYYY-MM-DD", ct),
            });
            return ApiJson.Ok(new SummaryAnswer(DateOnly.FromDateTime(from), DateOnly.FromDateTime(to), query.GroupBy, groups,
                isByOne && groups.Count == query.Limit ? groups[^1].Key : null));
        });

    private (DateTime From, DateTime To) Span(SummaryQuery query)
    {
        var to = query.To?.UtcDateTime ?? time.GetUtcNow().UtcDateTime.Date.AddDays(1);
        var from = query.From?.UtcDateTime ?? CalendarMonth.Of(to.AddDays(-1)).Begin;
        if (from.TimeOfDay != TimeSpan.Zero)
            throw new BadInputException("from", "must be the beginning of a day (UTC) such as 2026-03-01");
        if (to.TimeOfDay != TimeSpan.Zero)
            throw new BadInputException("to", "must be the beginning of a day (UTC) such as 2026-04-01");
        var maxRange = query.GroupBy is "account" or "server" ? MaxRangeByOne : MaxRangeByTime;
        if (from >= to || to - from > maxRange)
            throw new BadInputException("from", string.Create(CultureInfo.InvariantCulture,
                $"must be before to, by {maxRange.Days} days at most for groupBy={query.GroupBy}"));
        return (DateTime.SpecifyKind(from, DateTimeKind.Utc), DateTime.SpecifyKind(to, DateTimeKind.Utc));
    }
}

/// <summary>The sums of a range of days.</summary>
/// <param name="From">The first day (UTC).</param>
/// <param name="To">Exclusive.</param>
/// <param name="Groups">Groups in the order of their keys. Days and months without figures are absent.</param>
/// <param name="NextCursor">Where the next page begins; null on the last one.</param>
public sealed record SummaryAnswer(
    DateOnly From, DateOnly To, [property: AllowedValues("day", "month", "account", "server")] string GroupBy,
        IReadOnlyList<SummaryGroup> Groups, string? NextCursor);

/// <summary>The sums of a day, month, customer or server.</summary>
/// <param name="Key">A day such as <c>2026-03-01</c>, a month such as <c>2026-03</c>, a customer's id in the panel, or a server's
/// id.</param>
/// <param name="Hours">Charged server-hours, also those beyond the monthly cap.</param>
/// <param name="Gross">The charges before corrections, in currency units.</param>
/// <param name="Corrections">Supplements minus credit notes.</param>
/// <param name="Net">The sum of both.</param>
/// <param name="Tokens">Tokens taken by debits in that time; null by server, as a debit is for all servers of a customer.</param>
public sealed record SummaryGroup(string Key, long Hours, decimal Gross, decimal Corrections, decimal Net, long? Tokens);

/// <summary>Selects the days and the grouping.</summary>
public sealed class SummaryQuery : PageQuery
{
    /// <summary>The first day (UTC); by default the first of the month of the day before <c>to</c>.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>The day (UTC) after the last; tomorrow by default.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>The grouping.</summary>
    [AllowedValues("day", "month", "account", "server")]
    public string GroupBy { get; set; } = "day";
}
