using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Npgsql;
using SkyPanel.Functions.Admin;

namespace SkyPanel.Functions.Functions;

/// <summary>Open to everybody: whether the app lives, and whether it can work.</summary>
public sealed class HealthFunctions(Door door, NpgsqlDataSource database)
{
    [Function("Health")]
    public Task<IResult> LiveAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = HealthEndpoints.LiveRoute)] HttpRequest request) =>
        door.OpenAsync(request, HealthEndpoints.LiveAsync);

    [Function("HealthReady")]
    public Task<IResult> ReadyAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = HealthEndpoints.ReadyRoute)] HttpRequest request) =>
        door.OpenAsync(request, () => HealthEndpoints.ReadyAsync(database, request.HttpContext.RequestAborted));
}
