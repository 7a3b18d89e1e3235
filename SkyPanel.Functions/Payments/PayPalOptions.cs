namespace SkyPanel.Functions.Payments;

/// <summary>Section <c>PayPal</c>. Checked at start.</summary>
public sealed class PayPalOptions : IValidatableObject
{
    private const string LiveUrl = "https://api-m.paypal.com";

    /// <summary>The API's address; http is allowed for loopback only. Default: <c>https://api-m.paypal.com</c>; the sandbox is
    /// <c>https://api-m.sandbox.paypal.com</c>.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>The REST app's client id. Default: the one stored over HTTP, if any.</summary>
    public string? ClientId { get; set; }

    /// <summary>The REST app's secret. Default: the one stored over HTTP, if any.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>The webhook's id at PayPal, which signatures include. Default: none, and webhooks are refused.</summary>
    public string? WebhookId { get; set; }

    /// <summary>The smallest amount of a top-up, in currency units. Default: 5.</summary>
    public decimal MinimumAmount { get; set; } = 5;

    /// <summary>The largest amount of a top-up, in currency units. Default: 500.</summary>
    public decimal MaximumAmount { get; set; } = 500;

    /// <summary>The limit of an account's top-ups in a day (UTC), in currency units. Default: 1000.</summary>
    public decimal DailyMaximumAmount { get; set; } = 1000;

    /// <summary>Ends in a slash.</summary>
    public Uri Address => new($"{(string.IsNullOrWhiteSpace(BaseUrl) ? LiveUrl : BaseUrl.Trim()).TrimEnd('/')}/");

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrWhiteSpace(BaseUrl)
            && !(Uri.TryCreate(BaseUrl.Trim(), UriKind.Absolute, out var address)
                && address is { Host.Length: > 0, UserInfo: "", Query: "", Fragment: "" } && address.MayGetSecrets()))
            yield return new($"PayPal:BaseUrl '{OutgoingAddress.Masked(BaseUrl)}' must be an address such as https://api-m.paypal.com " +
                $"(http:// only for loopback), without user name, query or fragment.",
                [nameof(BaseUrl)]);
        if (MinimumAmount <= 0 || MinimumAmount > MaximumAmount)
            yield return new($"PayPal:MinimumAmount '{MinimumAmount}' must be more than 0 and at most PayPal:MaximumAmount " +
                $"'{MaximumAmount}'.", [nameof(MinimumAmount)]);
        if (MaximumAmount > DailyMaximumAmount || DailyMaximumAmount > 1_000_000)
            yield return new($"PayPal:DailyMaximumAmount '{DailyMaximumAmount}' must be at least PayPal:MaximumAmount '{MaximumAmount}', " +
                $"and 1000000 at most.", [nameof(DailyMaximumAmount)]);
    }
}
