namespace SkyPanel.Functions.VirtFusion;

/// <summary>Section <c>VirtFusion</c>. Checked at start.</summary>
public sealed class VirtFusionOptions : IValidatableObject
{
    /// <summary>The API's address, such as <c>https://panel.example/api/v1</c>; http is allowed for loopback only, since every call carries
    /// the token. Default: none, and the panel's own settings are used.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>An API token created in VirtFusion. Default: none, and the panel's own settings are used.</summary>
    public string? ApiToken { get; set; }

    /// <summary>Concurrent calls, reads and writes together, 1 to 256. Default: 8.</summary>
    [Range(1, 256)]
    public int MaxConcurrency { get; set; } = 8;

    /// <summary>Calls started a second, reads (each attempt) and writes together, 1 to 10,000. Default: 20.</summary>
    [Range(1, 10_000)]
    public int RequestsPerSecond { get; set; } = 20;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrWhiteSpace(BaseUrl) && VirtFusionAddress.Problem(BaseUrl) is { } problem)
            yield return new($"VirtFusion:BaseUrl {problem}", [nameof(BaseUrl)]);

        if (!string.IsNullOrWhiteSpace(ApiToken) && !ApiToken.All(character => character is > ' ' and <= '~'))
            yield return new(
                "VirtFusion:ApiToken '***' must be printable ASCII without spaces: it is sent in a header.", [nameof(ApiToken)]);
    }
}
