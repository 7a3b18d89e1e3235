using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Admin;

namespace SkyPanel.Functions.Functions;

/// <summary>Who may call, over HTTP.</summary>
public sealed class KeyFunctions(Door door, KeyEndpoints keys)
{
    [Function("ListKeys")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = KeyEndpoints.Route)] HttpRequest request) =>
        door.EnterAsync(request, Role.Admin, _ => keys.ListAsync(request.HttpContext.RequestAborted));

    [Function("CreateKey")]
    public Task<IResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = KeyEndpoints.Route)] HttpRequest request) =>
        door.EnterAsync(request, Role.Admin, caller => keys.CreateAsync(request, caller));

    [Function("RotateKey")]
    public Task<IResult> RotateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = KeyEndpoints.RotateRoute)] HttpRequest request, string id) =>
        door.EnterAsync(request, Role.Admin, caller => keys.RotateAsync(request, caller, id));

    [Function("RevokeKey")]
    public Task<IResult> RevokeAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = KeyEndpoints.OneRoute)] HttpRequest request, string id) =>
        door.EnterAsync(request, Role.Admin, caller => keys.RevokeAsync(caller, id));
}
