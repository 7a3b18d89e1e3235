using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Http;

/// <summary>Section <c>Admin</c>. Checked at start.</summary>
public sealed class AdminOptions : IValidatableObject
{
    public const int ShortestKey = 32;

    /// <summary>An API key with the role admin, at least 32 characters. Default: none, and then nobody gets in.</summary>
    public string? BootstrapKey { get; set; }

    /// <summary>Proxies between a caller and this app that add to <c>X-Forwarded-For</c>, 0 to 10: the caller's address is that many
    /// entries from its right. Default: 0, the header isn't read and the connection's own address counts. Behind Azure's front end:
    /// 1.</summary>
    public int TrustedProxies { get; set; }

    /// <summary>How long a request may be worked on, one second to an hour; what reads is stopped then and answered 503, what changes
    /// something is not. Default: 200 seconds, for Azure's front end hangs up after 230.</summary>
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
