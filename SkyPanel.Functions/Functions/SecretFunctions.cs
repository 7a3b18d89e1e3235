using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Admin;

namespace SkyPanel.Functions.Functions;

/// <summary>Secret settings over HTTP.</summary>
public sealed class SecretFunctions(Door door, SecretEndpoints secrets)
{
    [Function("GetSetting")]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = SecretEndpoints.Route)] HttpRequest request, string name) =>
        door.EnterAsync(request, Role.Admin, _ => secrets.GetAsync(name, request.HttpContext.RequestAborted));

    [Function("PutSetting")]
    public Task<IResult> PutAsync([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = SecretEndpoints.Route)] HttpRequest request, string name) =>
        door.EnterAsync(request, Role.Admin, caller => secrets.PutAsync(request, caller, name));

    [Function("DeleteSetting")]
    public Task<IResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = SecretEndpoints.Route)] HttpRequest request, string name) =>
        door.EnterAsync(request, Role.Admin, caller => secrets.DeleteAsync(caller, name));
}
