namespace SkyPanel.Functions.Http;

/// <summary>Section <c>Public</c>: the address for customers. Checked at start.</summary>
public sealed class PublicOptions : IValidatableObject
{
    /// <summary>The app's public address, such as <c>https://billing.example</c>; http for loopback only. Default: none, without top-ups
    /// and customers' links.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>Without a slash at the end; null when it isn't set.</summary>
    public string? Address => string.IsNullOrWhiteSpace(BaseUrl) ? null : BaseUrl.Trim().TrimEnd('/');

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not null
            && !(Uri.TryCreate(Address, UriKind.Absolute, out var address)
                && address is { Host.Length: > 0, UserInfo: "", Query: "", Fragment: "" } && address.MayGetSecrets()))
            yield return new($"Public:BaseUrl '{OutgoingAddress.Masked(BaseUrl!)}' must be an address such as https://billing.example " +
                $"(http:// only for loopback), "
                + "without user name, query or fragment.", [nameof(BaseUrl)]);
    }
}
