using System.ComponentModel.DataAnnotations;

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
    public int MaxConcurrency { get; set; } = 8;

    /// <summary>Calls started a second, reads (each attempt) and writes together, 1 to 10,000. Default: 20.</summary>
    public int RequestsPerSecond { get; set; } = 20;

    // Not by [Range], as its message names the property and not the setting.
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrWhiteSpace(BaseUrl) && VirtFusionAddress.Problem(BaseUrl) is { } problem)
            yield return new($"VirtFusion:BaseUrl {problem}", [nameof(BaseUrl)]);

        if (!string.IsNullOrWhiteSpace(ApiToken) && !ApiToken.All(character => character is > ' ' and <= '~'))
            yield return new(
                "VirtFusion:ApiToken '***' must be printable ASCII without spaces: it is sent in a header.", [nameof(ApiToken)]);

        if (MaxConcurrency is < 1 or > 256)
            yield return new($"VirtFusion:MaxConcurrency '{MaxConcurrency}' must be 1 to 256.", [nameof(MaxConcurrency)]);

        if (RequestsPerSecond is < 1 or > 10_000)
            yield return new($"VirtFusion:RequestsPerSecond '{RequestsPerSecond}' must be 1 to 10000.", [nameof(RequestsPerSecond)]);
    }
}
