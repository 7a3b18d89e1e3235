using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Health;

/// <summary>Liveness and readiness, over HTTP, without a key.</summary>
public sealed class HealthFunctions(Gate gate, Readiness readiness)
{
    /// <summary>Tells that the process answers.</summary>
    [Function("Health")]
    [Operation(Role.None)]
    [Answer(200, typeof(HealthAnswer))]
    public Task<IResult> LiveAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/health")] HttpRequest request) =>
        gate.OpenAsync(request, _ => Task.FromResult(ApiJson.Ok(new HealthAnswer("ok"))));

    /// <summary>Tells whether the process can work: the database answers and is migrated, and the jobs are woken.</summary>
    /// <remarks>503 also when no heartbeat came for five minutes, on whichever process.</remarks>
    [Function("HealthReady")]
    [Operation(Role.None)]
    [Answer(200, typeof(ReadyAnswer))]
    public Task<IResult> ReadyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/health/ready")] HttpRequest request) =>
        gate.OpenAsync(request, async ct => await readiness.ReadAsync(ct) switch
        {
            { Answer: { } answer } => ApiJson.Ok(answer),
            { Problem: { } problem } => Problem.Unavailable(problem),
            _ => Problem.Unavailable(),
        });
}

/// <summary>The process answers.</summary>
public sealed record HealthAnswer(string Status);

/// <summary>The process can work.</summary>
/// <param name="Migrations">How many scripts the database has seen.</param>
/// <param name="UnreadableSettings">Stored settings that can't be decrypted: what needs them isn't done until they are set again or
/// removed, unless configuration has it.</param>
public sealed record ReadyAnswer(string Status, string Database, int Migrations, IReadOnlyList<string> UnreadableSettings);
