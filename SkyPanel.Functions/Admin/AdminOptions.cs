using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Admin;

/// <summary>Section <c>Admin</c>. Checked at start.</summary>
public sealed class AdminOptions : IValidatableObject
{
    public const int ShortestKey = 32;

    /// <summary>An API key with the role admin, at least 32 characters. Default: none, and then nobody gets in.</summary>
    public string? BootstrapKey { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (BootstrapKey is { Length: > 0 and < ShortestKey })
            yield return new($"Admin:BootstrapKey '***' has {BootstrapKey.Length} characters: at least {ShortestKey} are allowed.", [nameof(BootstrapKey)]);
    }
}
