using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.OpenApi;

namespace SkyPanel.Functions.Http;

/// <summary>Who did what, and who was refused, over HTTP.</summary>
public sealed class AuditFunctions(Gate gate, AuditEndpoints audit)
{
    /// <summary>Lists who did what, newest first.</summary>
    /// <remarks>As CSV or JSON lines it has all of it, not a page.</remarks>
    [Function("ListAudit")]
    [Operation(Role.Admin, Query = typeof(AuditQuery))]
    [Answer(200, typeof(AuditPage))]
    [Answer(200, typeof(string), "text/csv")]
    [Answer(200, typeof(string), "application/jsonl")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = AuditEndpoints.Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, _ => audit.ListAsync(request, request.HttpContext.RequestAborted));

    /// <summary>Lists who was refused, by source and minute.</summary>
    [Function("ListRefusals")]
    [Operation(Role.Admin, Query = typeof(RefusalsQuery))]
    [Answer(200, typeof(RefusalsAnswer))]
    public Task<IResult> RefusalsAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = AuditEndpoints.RefusalsRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, _ => audit.RefusalsAsync(request, request.HttpContext.RequestAborted));
}
