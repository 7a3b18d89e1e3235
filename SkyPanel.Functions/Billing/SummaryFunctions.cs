using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Billing;

/// <summary>What was charged, added up, over HTTP.</summary>
public sealed class SummaryFunctions(Gate gate, Summaries summaries, TimeProvider time)
{
    private const string Route = "api/admin/billing/summary";

    private static readonly TimeSpan LongestByTime = TimeSpan.FromDays(366), LongestByOne = TimeSpan.FromDays(31);

    /// <summary>Adds up hours, amounts and tokens by day, month, customer or server.</summary>
    /// <remarks>An hour counts on the day (UTC) in which it lies, whenever it was charged, and a correction on the day of its first hour:
    /// a span has the same sums however it is grouped. By customer or server the span is 31 days at most, and the answer has
    /// pages.</remarks>
    [Function("GetSummary")]
    [Operation(Role.Viewer, Query = typeof(SummaryQuery))]
    [Answer(200, typeof(SummaryAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
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
        var from = query.From?.UtcDateTime ?? new DateTime(to.AddDays(-1).Year, to.AddDays(-1).Month, 1, 0, 0, 0, DateTimeKind.Utc);
        if (from.TimeOfDay != TimeSpan.Zero)
            throw new BadInputException("from", "must be the beginning of a day (UTC) such as 2026-03-01");
        if (to.TimeOfDay != TimeSpan.Zero)
            throw new BadInputException("to", "must be the beginning of a day (UTC) such as 2026-04-01");
        var longest = query.GroupBy is "account" or "server" ? LongestByOne : LongestByTime;
        if (from >= to || to - from > longest)
            throw new BadInputException("from", string.Create(CultureInfo.InvariantCulture,
                $"must be before to, by {longest.Days} days at most for groupBy={query.GroupBy}"));
        return (DateTime.SpecifyKind(from, DateTimeKind.Utc), DateTime.SpecifyKind(to, DateTimeKind.Utc));
    }
}

/// <summary>What was charged for the hours of a span, added up.</summary>
/// <param name="From">The first day (UTC).</param>
/// <param name="To">Exclusive.</param>
/// <param name="Groups">In the order of their keys. Days and months in which nothing happened are absent.</param>
/// <param name="NextCursor">Where the next page begins; null on the last one.</param>
public sealed record SummaryAnswer(
    DateOnly From, DateOnly To, [property: AllowedValues("day", "month", "account", "server")] string GroupBy,
        IReadOnlyList<SummaryGroup> Groups, string? NextCursor);

/// <summary>The sums of a day, month, customer or server.</summary>
/// <param name="Key">A day such as <c>2026-03-01</c>, a month such as <c>2026-03</c>, a customer's id in the panel, or a server's
/// id.</param>
/// <param name="Hours">Server-hours that were charged, those beyond the monthly cap too.</param>
/// <param name="Gross">What they cost before corrections, in currency units.</param>
/// <param name="Corrections">Supplements less credit notes.</param>
/// <param name="Net">Both together.</param>
/// <param name="Tokens">By day and month those that runs took which began then; by customer those that were taken in the span, whoever
/// found it out; null by server, as a debit is for all servers of a customer.</param>
public sealed record SummaryGroup(string Key, long Hours, decimal Gross, decimal Corrections, decimal Net, long? Tokens);

/// <summary>Which days are added up, and by what.</summary>
public sealed class SummaryQuery
{
    /// <summary>The first day (UTC); the first of the month of the day before <c>to</c> when it isn't said.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>The day (UTC) after the last; tomorrow when it isn't said.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>What the sums are of.</summary>
    [AllowedValues("day", "month", "account", "server")]
    public string GroupBy { get; set; } = "day";

    /// <summary>Customers or servers on a page.</summary>
    [Range(1, 500)]
    public int Limit { get; set; } = 50;

    /// <summary>The <c>nextCursor</c> of the page before.</summary>
    [Range(1, int.MaxValue)]
    public int? Cursor { get; set; }
}
