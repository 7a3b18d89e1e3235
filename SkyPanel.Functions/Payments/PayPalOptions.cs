using System.ComponentModel.DataAnnotations;
using SkyPanel.Functions.Outgoing;

namespace SkyPanel.Functions.Payments;

/// <summary>Section <c>PayPal</c>. Top-ups are not part of this version and nothing is sent; a bad address is refused at the start all the same, not on the day that one would be.</summary>
/// <remarks><c>ClientId</c> and <c>ClientSecret</c> are read by name, where it is told which of the secret settings counts.</remarks>
public sealed class PayPalOptions : IValidatableObject
{
    /// <summary>Where the API is, such as <c>https://api-m.paypal.com</c>; http is allowed for loopback only. Default: none.</summary>
    public string? BaseUrl { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrWhiteSpace(BaseUrl)
            && !(Uri.TryCreate(BaseUrl.Trim(), UriKind.Absolute, out var address) && address is { Host.Length: > 0, UserInfo: "", Query: "", Fragment: "" } && address.MayGetSecrets()))
            yield return new($"PayPal:BaseUrl '{OutgoingAddress.Masked(BaseUrl)}' must be an address such as https://api-m.paypal.com (http:// only for loopback), without user name, query or fragment.",
                [nameof(BaseUrl)]);
    }
}
