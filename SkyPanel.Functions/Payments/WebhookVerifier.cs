using System.IO.Hashing;
using System.Security.Cryptography;

namespace SkyPanel.Functions.Payments;

/// <summary>Verifies that a webhook is PayPal's: by its certificate or, if that can't be read, by asking PayPal.</summary>
public sealed class WebhookVerifier(WebhookCertificates certificates, WebhookCalls calls, PayPalClient payPal, PayPalSettings settings,
    TimeProvider time)
{
    private const string OnlyAlgorithm = "SHA256withRSA";

    // PayPal delivers an event up to 25 times within three days, each with a new signature.
    private static readonly TimeSpan Oldest = TimeSpan.FromDays(4), Early = TimeSpan.FromMinutes(10);

    /// <param name="body">The unchanged bytes.</param>
    public async Task<WebhookVerdict> VerifyAsync(WebhookSignature signature, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        if (settings.WebhookId is not { } webhookId)
            return new WebhookVerdict.Unknown("PayPal:WebhookId is not configured");
        if (SentAt(signature) is not { } sentAt || time.GetUtcNow() - sentAt > Oldest || sentAt - time.GetUtcNow() > Early)
            return new WebhookVerdict.Forged($"it says that it was sent at {signature.TransmissionTime}, which is not of these days");
        if (signature.Algorithm != OnlyAlgorithm)
            return new WebhookVerdict.Forged($"it isn't signed by {OnlyAlgorithm}");
        if (!certificates.IsAllowed(signature.CertificateUrl))
            return new WebhookVerdict.Forged("its certificate is not at an address of PayPal");
        return await certificates.ReadAsync(signature.CertificateUrl, ct) switch
        {
            CertificateReading.Valid(var key, _, _) => IsSigned(key, signature, webhookId, body.Span) ? new WebhookVerdict.Genuine(sentAt)
                : new WebhookVerdict.Forged("its signature is wrong"),
            CertificateReading.Invalid(var reason) => new WebhookVerdict.Forged(reason),
            _ => calls.TryEnter() ? await AskAsync(signature, webhookId, body, sentAt, ct)
                : new WebhookVerdict.Unknown("PayPal was asked about too many webhooks"),
        };
    }

    private async Task<WebhookVerdict> AskAsync(WebhookSignature signature, string webhookId, ReadOnlyMemory<byte> body,
        DateTimeOffset sentAt, CancellationToken ct) =>
        await payPal.VerifyWebhookAsync(signature, webhookId, body, ct) switch
        {
            PayPalOutcome<string>.Done("SUCCESS") => new WebhookVerdict.Genuine(sentAt),
            PayPalOutcome<string>.Done => new WebhookVerdict.Forged("PayPal doesn't know it"),
            PayPalOutcome<string>.Refused(_, _, var message) => new WebhookVerdict.Unknown(message),
            PayPalOutcome<string>.InDoubt(var reason, _) => new WebhookVerdict.Unknown(reason),
            _ => new WebhookVerdict.Unknown("PayPal's answer isn't as documented"),
        };

    private static bool IsSigned(RSA key, WebhookSignature signature, string webhookId, ReadOnlySpan<byte> body)
    {
        var signed = string.Create(CultureInfo.InvariantCulture,
            $"{signature.TransmissionId}|{signature.TransmissionTime}|{webhookId}|{Crc32.HashToUInt32(body)}");
        var proof = new byte[signature.Signature.Length];
        return Convert.TryFromBase64String(signature.Signature, proof, out var length)
            && key.VerifyData(Encoding.UTF8.GetBytes(signed), proof.AsSpan(0, length), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private static DateTimeOffset? SentAt(WebhookSignature signature) =>
        DateTimeOffset.TryParse(signature.TransmissionTime, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;
}

/// <summary>The result of verifying a webhook.</summary>
public abstract record WebhookVerdict
{
    private WebhookVerdict() { }

    public sealed record Genuine(DateTimeOffset SentAt) : WebhookVerdict;

    public sealed record Forged(string Reason) : WebhookVerdict;

    /// <summary>It can't be verified now; PayPal delivers it again.</summary>
    public sealed record Unknown(string Reason) : WebhookVerdict;
}
