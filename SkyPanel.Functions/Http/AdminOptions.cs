using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Http;

/// <summary>Section <c>Admin</c>. Checked at start.</summary>
public sealed class AdminOptions : IValidatableObject
{
    public const int ShortestKey = 32;

    /// <summary>An API key with the role admin, at least 32 characters. Default: none, and nobody has access.</summary>
    public string? BootstrapKey { get; set; }

    /// <summary>The number of proxies that add to <c>X-Forwarded-For</c>, 0 to 10: the caller's address is that many entries from its
    /// right. Default: 0, the header is ignored and the connection's address is used. Behind Azure's front end: 1.</summary>
    public int TrustedProxies { get; set; }

    /// <summary>The timeout of a request, one second to an hour: reads are then stopped and answered 503, changes are not stopped. Default:
    /// 200 seconds, since Azure's front end disconnects after 230.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(200);

    public JwtOptions Jwt { get; set; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (BootstrapKey is { Length: > 0 and < ShortestKey })
            yield return new($"Admin:BootstrapKey '***' has {BootstrapKey.Length} characters: at least {ShortestKey} are allowed.",
                [nameof(BootstrapKey)]);

        if (TrustedProxies is < 0 or > 10)
            yield return new($"Admin:TrustedProxies '{TrustedProxies}' must be 0 to 10.", [nameof(TrustedProxies)]);

        if (RequestTimeout < TimeSpan.FromSeconds(1) || RequestTimeout > TimeSpan.FromHours(1))
            yield return new($"Admin:RequestTimeout '{RequestTimeout:c}' must be 00:00:01 to 01:00:00.", [nameof(RequestTimeout)]);

        foreach (var problem in Jwt.Problems())
            yield return new(problem, [nameof(Jwt)]);
    }
}
