using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Admin;

namespace SkyPanel.Functions.Functions;

/// <summary>Who did what, and who was refused, over HTTP.</summary>
public sealed class AuditFunctions(Door door, AuditEndpoints audit)
{
    [Function("ListAudit")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = AuditEndpoints.Route)] HttpRequest request) =>
        door.EnterAsync(request, Role.Admin, _ => audit.ListAsync(request, request.HttpContext.RequestAborted));

    [Function("ListRefusals")]
    public Task<IResult> RefusalsAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = AuditEndpoints.RefusalsRoute)] HttpRequest request) =>
        door.EnterAsync(request, Role.Admin, _ => audit.RefusalsAsync(request, request.HttpContext.RequestAborted));
}
