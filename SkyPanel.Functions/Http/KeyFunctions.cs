using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Http;

/// <summary>Serves API keys over HTTP. A key is only in the answer to the request that created it.</summary>
public sealed class KeyFunctions(Gate gate, ApiKeyRegister register, ApiKeys keys, Idempotency idempotency, TimeProvider time)
{
    private const string Route = "api/admin/keys";

    private const int DefaultGraceMinutes = 60;
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(365), MaxLifetime = TimeSpan.FromDays(5 * 366);

    /// <summary>Lists the API keys.</summary>
    [Function("ListKeys")]
    [Operation(Role.Admin)]
    [Answer(200, typeof(KeysAnswer))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, async (_, ct) => ApiJson.Ok(new KeysAnswer(await register.ListAsync(ct))));

    /// <summary>Creates an API key.</summary>
    /// <remarks>The key is only in this answer.</remarks>
    [Function("CreateKey")]
    [Operation(Role.Admin, Body = typeof(KeyBody), IsRepeatable = true, Refuses = [409])]
    [Answer(201, typeof(ShownKey))]
    public Task<IResult> CreateAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
        {
            var body = await ApiJson.ReadAsync<KeyBody>(request);
            var role = Roles.Parse(body.Role)!.Value;
            var now = time.GetUtcNow();
            var expiresAt = body.ExpiresAt is null ? now + DefaultLifetime : Query.ParseInstant(body.ExpiresAt, "expiresAt");
            if (expiresAt <= now || expiresAt - now > MaxLifetime)
                throw new BadInputException("expiresAt", $"must be in the future, by {MaxLifetime.Days} days at most");
            var answer = await idempotency.OnceAsync(request, caller, "create key",
                $"{body.Name}\n{body.Role}\n{body.Owner}\n{body.ExpiresAt}", async connection =>
                await ApiKeyRegister.CreateAsync(connection, caller, body.Name, role, body.Owner, expiresAt) is var (info, key)
                    ? ApiJson.Ok(new ShownKey(true, info, key, "This is the only time that the key is shown."), 201)
                    : Problem.Conflict($"There are {ApiKeys.MaxKeys} valid keys: revoke some first."), ShownKey.ToStore);
            keys.Invalidate(); // After the commit: otherwise the cache could be filled without the new key.
            return answer;
        });

    /// <summary>Replaces an API key, which stays valid for a while.</summary>
    /// <remarks>The new key is only in this answer.</remarks>
    /// <param name="id">The key's id of eight characters.</param>
    [Function("RotateKey")]
    [Operation(Role.Admin, Body = typeof(RotationBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(ShownKey))]
    public Task<IResult> RotateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/keys/{id}/rotate")] HttpRequest request, string id) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
        {
            var grace = (await ApiJson.ReadAsync<RotationBody>(request)).GraceMinutes ?? DefaultGraceMinutes;
            if (!ApiKey.IsId(id)) // A text of any length would not fit into the index of the operations.
                return Problem.NotFound("There is no such key.");
            var answer = await idempotency.OnceAsync(request, caller, $"rotate key {id}", FormattableString.Invariant($"{grace}"),
                async connection =>
                await ApiKeyRegister.RotateAsync(connection, caller, id, TimeSpan.FromMinutes(grace)) switch
                {
                    ({ } info, { } key) => ApiJson.Ok(new ShownKey(true, info, key,
                        $"This is the only time that the key is shown. The one before is valid for {grace} minutes more.")),
                    (null, _) => Problem.NotFound("There is no such key."),
                    _ => Problem.Conflict("The key is expired or revoked: make a new one."),
                }, ShownKey.ToStore);
            keys.Invalidate();
            return answer;
        });

    /// <summary>Revokes an API key at once.</summary>
    /// <param name="id">The key's id of eight characters.</param>
    [Function("RevokeKey")]
    [Operation(Role.Admin, Refuses = [404])]
    [Answer(200, typeof(RevokedKey))]
    public Task<IResult> RevokeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/admin/keys/{id}")] HttpRequest request, string id) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
            await register.RevokeAsync(caller, id) is { } info ? ApiJson.Ok(new RevokedKey(true, info))
                : Problem.NotFound("There is no such key."));
}

/// <summary>A key to create.</summary>
public sealed class KeyBody
{
    /// <summary>The key's purpose.</summary>
    [Required, Length(1, 100)]
    public string Name { get; set; } = "";

    /// <summary>The key's role.</summary>
    [Required, AllowedValues("panel", "viewer", "operator", "admin")]
    public string Role { get; set; } = "";

    /// <summary>The key's owner.</summary>
    [Length(1, 200)]
    public string? Owner { get; set; }

    /// <summary>An ISO 8601 time, at most five years from now; a year from now by default.</summary>
    public string? ExpiresAt { get; set; }
}

/// <summary>The options of a rotation.</summary>
public sealed class RotationBody
{
    /// <summary>How long the previous key stays valid; an hour by default.</summary>
    [Range(0, 7 * 24 * 60)]
    public int? GraceMinutes { get; set; }
}

/// <summary>All keys, without their secrets.</summary>
public sealed record KeysAnswer(IReadOnlyList<ApiKeyInfo> Keys);

/// <summary>A new key.</summary>
/// <param name="Key">Only shown here; null in the answer to a repeat with the same <c>Idempotency-Key</c>.</param>
public sealed record ShownKey(bool Success, ApiKeyInfo Info, string? Key, string Message)
{
    /// <summary>Removes the key from the answer that is stored for a repeat with the same Idempotency-Key.</summary>
    public static object ToStore(object answer) =>
        answer is ShownKey shown ? shown with { Key = null, Message = "The key was shown in the first answer; lost, rotate it." } : answer;
}

/// <summary>A revoked key.</summary>
public sealed record RevokedKey(bool Success, ApiKeyInfo Info);
