using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Http;

/// <summary>API keys, over HTTP. A key is in the answer to the request that made it, and nowhere else.</summary>
public sealed class KeyFunctions(Gate gate, ApiKeyRegister register, ApiKeys keys, Idempotency idempotency, TimeProvider time)
{
    private const string Route = "api/admin/keys";
    private const string OneRoute = "api/admin/keys/{id}";
    private const string RotateRoute = "api/admin/keys/{id}/rotate";

    private const int UsualGraceMinutes = 60;
    private static readonly TimeSpan UsualLife = TimeSpan.FromDays(365), LongestLife = TimeSpan.FromDays(5 * 366);

    /// <summary>Lists the API keys.</summary>
    [Function("ListKeys")]
    [Operation(Role.Admin)]
    [Answer(200, typeof(KeysAnswer))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, async (_, ct) => ApiJson.Ok(new KeysAnswer(await register.ListAsync(ct))));

    /// <summary>Makes an API key.</summary>
    /// <remarks>The key is in this answer and nowhere else.</remarks>
    [Function("CreateKey")]
    [Operation(Role.Admin, Body = typeof(KeyBody), IsRepeatable = true, Refuses = [409])]
    [Answer(201, typeof(ShownKey))]
    public Task<IResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
        {
            var body = await ApiJson.ReadAsync<KeyBody>(request);
            var role = Roles.Parse(body.Role)!.Value;
            var now = time.GetUtcNow();
            var expiresAt = body.ExpiresAt is null ? now + UsualLife : Query.ParseInstant(body.ExpiresAt, "expiresAt");
            if (expiresAt <= now || expiresAt - now > LongestLife)
                throw new BadInputException("expiresAt", $"must be in the future, by {LongestLife.Days} days at most");
            var answer = await idempotency.OnceAsync(request, caller, "create key",
                $"{body.Name}\n{body.Role}\n{body.Owner}\n{body.ExpiresAt}", async transaction =>
                await ApiKeyRegister.CreateAsync(transaction.Connection!, caller, body.Name, role, body.Owner, expiresAt) is var (info, key)
                    ? (201, new ShownKey(true, info, key, "This is the only time that the key is shown."))
                    : (409, (object)Problem.Conflict($"There are {ApiKeys.Most} valid keys: revoke some first.")), ShownKey.ToKeep);
            keys.Forget(); // Not before the commit: a key read too early would stay unknown here for as long as keys are cached.
            return answer;
        });

    /// <summary>Replaces an API key, which stays valid for a while.</summary>
    /// <remarks>The new key is in this answer and nowhere else.</remarks>
    /// <param name="id">The eight characters that name the key.</param>
    [Function("RotateKey")]
    [Operation(Role.Admin, Body = typeof(RotationBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(ShownKey))]
    public Task<IResult> RotateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = RotateRoute)] HttpRequest request, string id) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
        {
            var grace = (await ApiJson.ReadAsync<RotationBody>(request)).GraceMinutes ?? UsualGraceMinutes;
            var answer = await idempotency.OnceAsync(request, caller, $"rotate key {id}", FormattableString.Invariant($"{grace}"),
                async transaction =>
                await ApiKeyRegister.RotateAsync(transaction.Connection!, caller, id, TimeSpan.FromMinutes(grace)) switch
                {
                    ({ } info, { } key) => (200,
                        new ShownKey(true, info, key,
                        $"This is the only time that the key is shown. The one before is valid for {grace} minutes more.")),
                    (null, _) => (404, (object)Problem.NotFound("There is no such key.")),
                    _ => (409, Problem.Conflict("The key is expired or revoked: make a new one.")),
                }, ShownKey.ToKeep);
            keys.Forget();
            return answer;
        });

    /// <summary>Ends an API key at once.</summary>
    /// <param name="id">The eight characters that name the key.</param>
    [Function("RevokeKey")]
    [Operation(Role.Admin, Refuses = [404])]
    [Answer(200, typeof(RevokedKey))]
    public Task<IResult> RevokeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = OneRoute)] HttpRequest request, string id) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
            await register.RevokeAsync(caller, id) is { } info ? ApiJson.Ok(new RevokedKey(true, info))
                : Problem.NotFound("There is no such key."));
}

/// <summary>A key to be made.</summary>
public sealed class KeyBody
{
    /// <summary>What the key is for.</summary>
    [Required, Length(1, 100)]
    public string Name { get; set; } = "";

    /// <summary>What it may do.</summary>
    [Required, AllowedValues("panel", "viewer", "operator", "admin")]
    public string Role { get; set; } = "";

    /// <summary>Whose it is.</summary>
    [Length(1, 200)]
    public string? Owner { get; set; }

    /// <summary>An ISO 8601 time; a year from now when it isn't said, five at most.</summary>
    public string? ExpiresAt { get; set; }
}

/// <summary>How a key is replaced.</summary>
public sealed class RotationBody
{
    /// <summary>How long the key before stays valid; an hour when it isn't said.</summary>
    [Range(0, 7 * 24 * 60)]
    public int? GraceMinutes { get; set; }
}

/// <summary>All keys, without the keys themselves.</summary>
public sealed record KeysAnswer(IReadOnlyList<ApiKeyInfo> Keys);

/// <summary>A new key.</summary>
/// <param name="Key">Shown here alone; null in the answer to a repeat with the same <c>Idempotency-Key</c>.</param>
public sealed record ShownKey(bool Success, ApiKeyInfo Info, string? Key, string Message)
{
    /// <summary>What a repeat with the same Idempotency-Key hears: the key isn't stored for it.</summary>
    public static object ToKeep(object answer) =>
        answer is ShownKey shown ? shown with { Key = null, Message = "The key was shown in the first answer; lost, rotate it." } : answer;
}

/// <summary>A key that is valid no more.</summary>
public sealed record RevokedKey(bool Success, ApiKeyInfo Info);
