using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.OpenApi;

namespace SkyPanel.Functions.Settings;

/// <summary>Secret settings over HTTP.</summary>
public sealed class SecretFunctions(Gate gate, SecretEndpoints secrets)
{
    /// <summary>Shows where a secret setting comes from, masked.</summary>
    /// <param name="name">The setting, such as <c>virtfusion_api_token</c>.</param>
    [Function("GetSetting")]
    [Operation(Role.Admin, Refuses = [404, 409])]
    [Answer(200, typeof(SecretAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = SecretEndpoints.Route)] HttpRequest request, string name) =>
        gate.EnterAsync(request, Role.Admin, _ => secrets.GetAsync(name, request.HttpContext.RequestAborted));

    /// <summary>Stores a secret setting, encrypted.</summary>
    /// <param name="name">The setting, such as <c>virtfusion_api_token</c>.</param>
    [Function("PutSetting")]
    [Operation(Role.Admin, Body = typeof(SecretBody), Refuses = [404])]
    [Answer(200, typeof(SecretAnswer))]
    public Task<IResult> PutAsync([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = SecretEndpoints.Route)] HttpRequest request, string name) =>
        gate.EnterAsync(request, Role.Admin, caller => secrets.PutAsync(request, caller, name));

    /// <summary>Forgets a secret setting that is stored here.</summary>
    /// <param name="name">The setting, such as <c>virtfusion_api_token</c>.</param>
    [Function("DeleteSetting")]
    [Operation(Role.Admin, Refuses = [404])]
    [Answer(200, typeof(SecretAnswer))]
    public Task<IResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = SecretEndpoints.Route)] HttpRequest request, string name) =>
        gate.EnterAsync(request, Role.Admin, caller => secrets.DeleteAsync(caller, name));
}
