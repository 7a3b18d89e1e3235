using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.OpenApi;

namespace SkyPanel.Functions.Http;

/// <summary>Who may call, over HTTP.</summary>
public sealed class KeyFunctions(Gate gate, KeyEndpoints keys)
{
    /// <summary>Lists the API keys.</summary>
    [Function("ListKeys")]
    [Operation(Role.Admin)]
    [Answer(200, typeof(KeysAnswer))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = KeyEndpoints.Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, _ => keys.ListAsync(request.HttpContext.RequestAborted));

    /// <summary>Makes an API key.</summary>
    /// <remarks>The key is in this answer and nowhere else.</remarks>
    [Function("CreateKey")]
    [Operation(Role.Admin, Body = typeof(KeyBody), IsRepeatable = true, Refuses = [409])]
    [Answer(201, typeof(ShownKey))]
    public Task<IResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = KeyEndpoints.Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, caller => keys.CreateAsync(request, caller));

    /// <summary>Replaces an API key, which stays valid for a while.</summary>
    /// <remarks>The new key is in this answer and nowhere else.</remarks>
    /// <param name="id">The eight characters that name the key.</param>
    [Function("RotateKey")]
    [Operation(Role.Admin, Body = typeof(RotationBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(ShownKey))]
    public Task<IResult> RotateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = KeyEndpoints.RotateRoute)] HttpRequest request, string id) =>
        gate.EnterAsync(request, Role.Admin, caller => keys.RotateAsync(request, caller, id));

    /// <summary>Ends an API key at once.</summary>
    /// <param name="id">The eight characters that name the key.</param>
    [Function("RevokeKey")]
    [Operation(Role.Admin, Refuses = [404])]
    [Answer(200, typeof(RevokedKey))]
    public Task<IResult> RevokeAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = KeyEndpoints.OneRoute)] HttpRequest request, string id) =>
        gate.EnterAsync(request, Role.Admin, caller => keys.RevokeAsync(caller, id));
}
