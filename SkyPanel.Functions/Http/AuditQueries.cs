using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Http;

/// <summary>Reads the audit and the counted refusals.</summary>
public sealed class AuditQueries(NpgsqlDataSource database)
{
    private const int PageOfAll = 1000;

    private const string ListSql = """
        select id, at, actor, action, subject, before, after, reason, address, request_id
        from cron_service.audit
        where id < @before_id and (@actor::text is null or actor = @actor) and (@action::text is null or action = @action)
          and (@from::timestamptz is null or at >= @from) and (@to::timestamptz is null or at < @to)
        order by id desc limit @limit
        """;

    private const string RefusalsSql = """
        select minute, source, actor, reason, attempts, last_request from cron_service.refusals
        where (@from::timestamptz is null or minute >= @from) and (@to::timestamptz is null or minute < @to)
        order by minute desc, attempts desc limit @limit
        """;

    /// <summary>Lists a page of lines, newest first; the next page begins below the last id.</summary>
    public Task<List<AuditLine>> ListAsync(AuditFilter filter, long beforeId, int limit, CancellationToken ct) =>
        database.QueryAsync<AuditLine>(ListSql, ct,
        ("before_id", beforeId), ("actor", filter.Actor), ("action", filter.Action), ("from", filter.From), ("to", filter.To),
            ("limit", limit));

    /// <summary>Streams all lines, newest first, a page at a time: no connection is held in between.</summary>
    public async IAsyncEnumerable<AuditLine> AllAsync(AuditFilter filter, long beforeId, [EnumeratorCancellation] CancellationToken ct)
    {
        List<AuditLine> page;
        do
        {
            page = await ListAsync(filter, beforeId, PageOfAll, ct);
            foreach (var line in page)
                yield return line;
            beforeId = page.Count == 0 ? 0 : page[^1].Id;
        }
        while (page.Count == PageOfAll);
    }

    public Task<List<Refusal>> RefusalsAsync(DateTimeOffset? from, DateTimeOffset? to, int limit, CancellationToken ct) =>
        database.QueryAsync<Refusal>(RefusalsSql, ct, ("from", from), ("to", to), ("limit", limit));
}

/// <summary>Filters audit lines. Null matches any; <paramref name="To"/> is exclusive.</summary>
public sealed record AuditFilter(string? Actor, string? Action, DateTimeOffset? From, DateTimeOffset? To);

public sealed record AuditLine(
    long Id, DateTime At, string Actor, string Action, string Subject, string? Reason, string? Address, string? RequestId, JsonNode? Before,
        JsonNode? After);

/// <param name="Actor">Empty without a valid key.</param>
public sealed record Refusal(
    DateTime Minute, string Source, string Actor, [property: AllowedValues("unauthorized", "forbidden", "too-many-requests")] string Reason,
        long Attempts, string LastRequest);
