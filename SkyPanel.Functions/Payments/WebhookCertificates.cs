using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SkyPanel.Functions.Payments;

/// <summary>Reads the certificates of PayPal's webhook signatures, from PayPal's own addresses only, and caches them.</summary>
public sealed class WebhookCertificates(IHttpClientFactory clients, PayPalSettings settings, WebhookCalls calls, TimeProvider time,
    ILogger<WebhookCertificates> logger)
{
    private const string CertificatesPath = "/v1/notifications/certs/";
    private const string Owner = ".paypal.com";
    private const int MaxCached = 16;
    private static readonly TimeSpan CacheDuration = TimeSpan.FromHours(12), FailureCacheDuration = TimeSpan.FromSeconds(30);
    private static readonly string[] LiveHosts = ["api.paypal.com", "api-m.paypal.com"],
        SandboxHosts = ["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long ReadAt, CertificateReading Reading)> _cached = [];

    /// <summary>Whether a certificate may be read from an address: with PayPal's address on loopback only from there, else from PayPal's
    /// hosts.</summary>
    public bool IsAllowed(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address is not { UserInfo: "", Query: "", Fragment: "" }
            || !address.AbsolutePath.StartsWith(CertificatesPath, StringComparison.Ordinal))
            return false;
        if (settings.Address.IsLoopback)
            return address.MayGetSecrets() && address.Authority == settings.Address.Authority;
        var hosts = SandboxHosts.Contains(settings.Address.Host) ? SandboxHosts : LiveHosts;
        return address.Scheme == Uri.UriSchemeHttps && address.IsDefaultPort && hosts.Contains(address.Host);
    }

    /// <param name="url">An address that <see cref="IsAllowed"/>.</param>
    public async Task<CertificateReading> ReadAsync(string url, CancellationToken ct)
    {
        lock (_gate)
        {
            if (_cached.TryGetValue(url, out var cached) && time.GetElapsedTime(cached.ReadAt)
                < (cached.Reading is CertificateReading.Valid ? CacheDuration : FailureCacheDuration))
                return Checked(cached.Reading);
        }
        if (!calls.TryEnter())
            return new CertificateReading.Unknown("too many webhooks name other certificates");
        var reading = await FetchAsync(url, ct);
        lock (_gate)
        {
            // Forged webhooks name certificates that aren't PayPal's, and must not displace those that are.
            if (_cached.Count >= MaxCached)
            {
                foreach (var (address, one) in _cached)
                {
                    if (one.Reading is not CertificateReading.Valid)
                        _cached.Remove(address);
                }
            }
            if (_cached.Count >= MaxCached)
                _cached.Clear();
            _cached[url] = (time.GetTimestamp(), reading);
        }
        return Checked(reading);
    }

    // A cached certificate may have expired.
    private CertificateReading Checked(CertificateReading reading) =>
        reading is CertificateReading.Valid valid && time.GetUtcNow() is var now && (now < valid.From || now > valid.Until)
        ? new CertificateReading.Invalid("the certificate is valid at another time") : reading;

    private async Task<CertificateReading> FetchAsync(string url, CancellationToken ct)
    {
        try
        {
            using var client = clients.CreateClient(PayPalRegistration.Certificates);
            using var response = await client.GetAsync(new Uri(url), ct);
            var status = (int)response.StatusCode;
            if (!response.IsSuccessStatusCode)
                // PayPal has no such certificate.
                return status is >= 400 and < 500 and not (408 or 429)
                    ? new CertificateReading.Invalid($"the certificate's address answers {status}")
                    : new CertificateReading.Unknown($"the certificate's address answers {status}");
            return Read(await response.Content.ReadAsStringAsync(ct));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            logger.LogWarning("PayPal's certificate can't be read from {Url}: {Reason}", url, e.Message);
            return new CertificateReading.Unknown(OneLine.Of(e.Message));
        }
    }

    private CertificateReading Read(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return new CertificateReading.Invalid("what is served isn't a certificate");
        }
        if (certificates is not [var leaf, ..] || leaf.GetRSAPublicKey() is not { } key)
            return new CertificateReading.Invalid("what is served isn't a certificate with an RSA key");
        if (!leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false).EndsWith(Owner, StringComparison.OrdinalIgnoreCase))
            return new CertificateReading.Invalid("the certificate isn't PayPal's");
        using var chain = new X509Chain
        {
            ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
                VerificationTime = time.GetUtcNow().UtcDateTime },
        };
        chain.ChainPolicy.ExtraStore.AddRange(certificates);
        if (settings.Address.IsLoopback)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(certificates[^1]);
        }
        return chain.Build(leaf) ? new CertificateReading.Valid(key, leaf.NotBefore.ToUniversalTime(), leaf.NotAfter.ToUniversalTime())
            : new CertificateReading.Invalid(
                $"the certificate isn't trusted: {string.Join(", ", chain.ChainStatus.Select(status => status.Status))}");
    }
}

/// <summary>The result of reading a certificate.</summary>
public abstract record CertificateReading
{
    private CertificateReading() { }

    public sealed record Valid(RSA Key, DateTimeOffset From, DateTimeOffset Until) : CertificateReading;

    public sealed record Invalid(string Reason) : CertificateReading;

    /// <summary>It can't be read now.</summary>
    public sealed record Unknown(string Reason) : CertificateReading;
}
