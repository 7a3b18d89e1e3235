using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Http;

/// <summary>Serves the audit log and refused callers over HTTP: a page as JSON, or all lines as CSV.</summary>
public sealed class AuditFunctions(Gate gate, AuditQueries audit)
{
    /// <summary>Lists the audit log, newest first.</summary>
    /// <remarks>As CSV the answer has all lines, not a page.</remarks>
    [Function("ListAudit")]
    [Operation(Role.Admin, Query = typeof(AuditQuery))]
    [Answer(200, typeof(AuditPage))]
    [Answer(200, typeof(string), "text/csv")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/audit")] HttpRequest request) =>
        gate.EnterAsync<AuditQuery>(request, Role.Admin, async (_, query, ct) =>
        {
            var filter = new AuditFilter(query.Actor, query.Action, query.From, query.To);
            var beforeId = query.Cursor ?? long.MaxValue;
            if (query.Format == "csv")
                return Csv.Answer("audit.csv", audit.AllAsync(filter, beforeId, ct));
            var page = await audit.ListAsync(filter, beforeId, query.Limit, ct);
            return ApiJson.Ok(new AuditPage(page, query.Next(page, row => row.Id)));
        });

    /// <summary>Lists refused requests, by source and minute.</summary>
    [Function("ListRefusals")]
    [Operation(Role.Admin, Query = typeof(RefusalsQuery))]
    [Answer(200, typeof(RefusalsAnswer))]
    public Task<IResult> RefusalsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/audit/refusals")] HttpRequest request) =>
        gate.EnterAsync<RefusalsQuery>(request, Role.Admin, async (_, query, ct) =>
            ApiJson.Ok(new RefusalsAnswer(await audit.RefusalsAsync(query.From, query.To, query.Limit, ct))));
}

/// <summary>Lines of the audit, newest first.</summary>
/// <param name="NextCursor">Where the next page begins, as the parameter <c>cursor</c> takes it; null on the last one.</param>
public sealed record AuditPage(IReadOnlyList<AuditLine> Lines, string? NextCursor);

/// <summary>Refused requests, the latest minutes first.</summary>
public sealed record RefusalsAnswer(IReadOnlyList<Refusal> Refusals);

/// <summary>Selects the lines and their format.</summary>
public sealed class AuditQuery : PageQuery
{
    /// <summary>The actor's name in the audit.</summary>
    [Length(0, 300)]
    public string? Actor { get; set; }

    /// <summary>The action's name.</summary>
    [Length(0, 100)]
    public string? Action { get; set; }

    /// <summary>At that time or later.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Before that time.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>A page as JSON, or all lines.</summary>
    [AllowedValues("json", "csv")]
    public string Format { get; set; } = "json";
}

/// <summary>Selects the refusals.</summary>
public sealed class RefusalsQuery
{
    /// <summary>Only this minute and later ones.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Only earlier minutes.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>The maximum number of rows.</summary>
    [Range(1, 1000)]
    public int Limit { get; set; } = 100;
}
