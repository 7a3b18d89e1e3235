using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Npgsql;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.OpenApi;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Health;

/// <summary>Open to everybody: whether the app lives, and whether it can work.</summary>
public sealed class HealthFunctions(Gate gate, NpgsqlDataSource database, SecretStore secrets)
{
    /// <summary>Tells that the process answers.</summary>
    [Function("Health")]
    [Operation(Role.None)]
    [Answer(200, typeof(HealthAnswer))]
    public Task<IResult> LiveAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = HealthEndpoints.LiveRoute)] HttpRequest request) =>
        gate.OpenAsync(request, HealthEndpoints.LiveAsync);

    /// <summary>Tells whether the process can work: the database answers and is migrated.</summary>
    [Function("HealthReady")]
    [Operation(Role.None)]
    [Answer(200, typeof(ReadyAnswer))]
    public Task<IResult> ReadyAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = HealthEndpoints.ReadyRoute)] HttpRequest request) =>
        gate.OpenAsync(request, () => HealthEndpoints.ReadyAsync(database, secrets, request.HttpContext.RequestAborted));
}
