namespace SkyPanel.Functions.Http;

/// <summary>Section <c>Admin</c>. Checked at start.</summary>
public sealed class AdminOptions : IValidatableObject
{
    public const int ShortestKey = 32;

    /// <summary>An API key with the role admin, at least 32 characters. Default: none, and nobody has access.</summary>
    public string? BootstrapKey { get; set; }

    /// <summary>The number of proxies that add to <c>X-Forwarded-For</c>, 0 to 10: the caller's address is that many entries from its
    /// right. Default: 0, the header is ignored and the connection's address is used. Behind Azure's front end: 1.</summary>
    [Range(0, 10)]
    public int TrustedProxies { get; set; }

    /// <summary>The timeout of a request, one second to an hour: reads are then stopped and answered 503, changes are not stopped. Default:
    /// 200 seconds, since Azure's front end disconnects after 230.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(200);

    public JwtOptions Jwt { get; set; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (BootstrapKey is { Length: > 0 and < ShortestKey })
            yield return new($"Admin:BootstrapKey '***' has {BootstrapKey.Length} characters: at least {ShortestKey} are allowed.",
                [nameof(BootstrapKey)]);

        foreach (var problem in Jwt.Problems())
            yield return new(problem, [nameof(Jwt)]);
    }
}
