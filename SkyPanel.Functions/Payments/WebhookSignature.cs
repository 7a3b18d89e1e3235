namespace SkyPanel.Functions.Payments;

/// <summary>The headers of PayPal's signature of a webhook.</summary>
public sealed record WebhookSignature(string TransmissionId, string TransmissionTime, string Signature, string CertificateUrl,
    string Algorithm)
{
    private const int MaxLength = 1000;

    /// <returns>Null when a header is missing or too long.</returns>
    public static WebhookSignature? Read(IHeaderDictionary headers)
    {
        string? Of(string name) => headers[name] is [{ Length: > 0 and <= MaxLength } value] ? value : null;
        return Of("PAYPAL-TRANSMISSION-ID") is { } id && Of("PAYPAL-TRANSMISSION-TIME") is { } time
            && Of("PAYPAL-TRANSMISSION-SIG") is { } signature
            && Of("PAYPAL-CERT-URL") is { } url && Of("PAYPAL-AUTH-ALGO") is { } algorithm ? new(id, time, signature, url, algorithm)
                : null;
    }
}
