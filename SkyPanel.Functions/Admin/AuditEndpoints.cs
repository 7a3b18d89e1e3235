using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Functions.Admin;

/// <summary>The audit over HTTP: a page as JSON, or all of it as CSV or JSON lines.</summary>
public sealed class AuditEndpoints(AuditQueries audit)
{
    public const string Route = "api/admin/audit";
    public const string RefusalsRoute = "api/admin/audit/refusals";

    private const int MostLines = 500, MostRefusals = 1000;

    public async Task<IResult> ListAsync(HttpRequest request, CancellationToken ct)
    {
        var query = request.Query;
        Query.Only(query, "actor", "action", "from", "to", "limit", "cursor", "format");
        var filter = new AuditFilter(Query.Text(query, "actor", 300), Query.Text(query, "action", 100), Query.Instant(query, "from"), Query.Instant(query, "to"));
        var beforeId = Query.Number(query, "cursor", 1, long.MaxValue) ?? long.MaxValue;
        switch (Query.OneOf(query, "format", ["json", "csv", "jsonl"]))
        {
            case "csv":
                return Results.Stream(to => AuditExport.CsvAsync(to, audit.AllAsync(filter, beforeId, ct)), "text/csv; charset=utf-8", "audit.csv");
            case "jsonl":
                return Results.Stream(to => AuditExport.JsonLinesAsync(to, audit.AllAsync(filter, beforeId, ct)), "application/jsonl; charset=utf-8", "audit.jsonl");
        }
        var limit = (int)(Query.Number(query, "limit", 1, MostLines) ?? 50);
        var page = await audit.ListAsync(filter, beforeId, limit, ct);
        return AdminJson.Ok(new AuditPage(page, page.Count < limit ? null : page[^1].Id.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>The latest minutes first.</summary>
    public async Task<IResult> RefusalsAsync(HttpRequest request, CancellationToken ct)
    {
        Query.Only(request.Query, "from", "to", "limit");
        var limit = (int)(Query.Number(request.Query, "limit", 1, MostRefusals) ?? 100);
        return AdminJson.Ok(new RefusalsAnswer(await audit.RefusalsAsync(Query.Instant(request.Query, "from"), Query.Instant(request.Query, "to"), limit, ct)));
    }
}

/// <summary>Lines of the audit, newest first.</summary>
/// <param name="NextCursor">Where the next page begins, as the parameter <c>cursor</c> takes it; null on the last one.</param>
public sealed record AuditPage(IReadOnlyList<AuditLine> Lines, string? NextCursor);

/// <summary>Who was refused, the latest minutes first.</summary>
public sealed record RefusalsAnswer(IReadOnlyList<Refusal> Refusals);
