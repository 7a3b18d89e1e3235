using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Functions.Http;

/// <summary>API keys over HTTP. A key is in one answer, that of the request which made it, and nowhere else.</summary>
public sealed class KeyEndpoints(ApiKeyRegister register, ApiKeys keys, Idempotency idempotency, TimeProvider time)
{
    public const string Route = "api/admin/keys";
    public const string OneRoute = "api/admin/keys/{id}";
    public const string RotateRoute = "api/admin/keys/{id}/rotate";

    private const int UsualGraceMinutes = 60;
    private static readonly TimeSpan UsualLife = TimeSpan.FromDays(365), LongestLife = TimeSpan.FromDays(5 * 366);

    public async Task<IResult> ListAsync(CancellationToken ct) => AdminJson.Ok(new KeysAnswer(await register.ListAsync(ct)));

    public async Task<IResult> CreateAsync(HttpRequest request, Caller caller)
    {
        var body = await AdminJson.ReadAsync<KeyBody>(request);
        var role = Roles.Parse(body.Role)!.Value;
        var now = time.GetUtcNow();
        var expiresAt = body.ExpiresAt is null ? now + UsualLife : Query.ParseInstant(body.ExpiresAt, "expiresAt");
        if (expiresAt <= now || expiresAt - now > LongestLife)
            throw new BadInputException("expiresAt", $"must be in the future, by {LongestLife.Days} days at most");
        var answer = await idempotency.OnceAsync(request, caller, $"{body.Name}\n{body.Role}\n{body.Owner}\n{body.ExpiresAt}", async transaction =>
            await ApiKeyRegister.CreateAsync(transaction.Connection!, caller, body.Name, role, body.Owner, expiresAt) is var (info, key)
                ? (201, new ShownKey(true, info, key, "This is the only time that the key is shown."))
                : (409, (object)Problem.Conflict($"There are {ApiKeys.Most} valid keys: revoke some first.")), ShownKey.ToKeep);
        keys.Forget(); // Not sooner: read before the commit, it would be unknown here for as long as keys are kept.
        return answer;
    }

    public async Task<IResult> RotateAsync(HttpRequest request, Caller caller, string id)
    {
        var grace = (await AdminJson.ReadAsync<RotationBody>(request)).GraceMinutes ?? UsualGraceMinutes;
        var answer = await idempotency.OnceAsync(request, caller, FormattableString.Invariant($"{grace}"), async transaction =>
            await ApiKeyRegister.RotateAsync(transaction.Connection!, caller, id, TimeSpan.FromMinutes(grace)) switch
            {
                ({ } info, { } key) => (200, new ShownKey(true, info, key, $"This is the only time that the key is shown. The one before is valid for {grace} minutes more.")),
                (null, _) => (404, (object)Problem.NotFound("There is no such key.")),
                _ => (409, Problem.Conflict("The key is expired or revoked: make a new one.")),
            }, ShownKey.ToKeep);
        keys.Forget();
        return answer;
    }

    public async Task<IResult> RevokeAsync(Caller caller, string id) =>
        await register.RevokeAsync(caller, id) is { } info ? AdminJson.Ok(new RevokedKey(true, info)) : Problem.NotFound("There is no such key.");
}

/// <summary>A key to be made.</summary>
public sealed class KeyBody
{
    /// <summary>What the key is for.</summary>
    [Required, Length(1, 100)]
    public string Name { get; set; } = "";

    /// <summary>What it may do.</summary>
    [Required, AllowedValues("viewer", "operator", "admin")]
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
