using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>A certificate for signing webhooks, issued by its own authority.</summary>
public sealed class PayPalCertificate : IDisposable
{
    private const int KeyBits = 2048;

    // Making a key takes a tenth of a second of processor time, and hundreds of simulators start in a test run.
    private static readonly RSAParameters AuthorityKey = NewKey(), UsualKey = NewKey();

    private readonly RSA _key;

    /// <param name="isForeign">Whether it has a key of its own instead of that of all other certificates.</param>
    public PayPalCertificate(DateTimeOffset from, DateTimeOffset until, string commonName = "messageverificationcerts.paypal.com",
        bool isForeign = false)
    {
        _key = RSA.Create(isForeign ? NewKey() : UsualKey);
        using var authorityKey = RSA.Create(AuthorityKey);
        var authority = new CertificateRequest("CN=Simulated PayPal CA", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var issuer = authority.CreateSelfSigned(from.AddDays(-1), until.AddDays(1));
        var leaf = new CertificateRequest($"CN={commonName}", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = leaf.Create(issuer, from, until, RandomNumberGenerator.GetBytes(12));
        Pem = $"{certificate.ExportCertificatePem()}\n{issuer.ExportCertificatePem()}\n";
    }

    /// <summary>The certificate and that of its authority, as served at the address in a webhook's header.</summary>
    public string Pem { get; }

    /// <summary>Signs the id, time and webhook of a delivery, and the CRC-32 of the body, like PayPal.</summary>
    public string Sign(string transmissionId, string time, string webhookId, byte[] body) => Convert.ToBase64String(
        _key.SignData(Encoding.UTF8.GetBytes($"{transmissionId}|{time}|{webhookId}|{Crc32(body)}"), HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1));

    public void Dispose() => _key.Dispose();

    private static RSAParameters NewKey()
    {
        using var key = RSA.Create(KeyBits);
        return key.ExportParameters(includePrivateParameters: true);
    }

    private static uint Crc32(byte[] bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
        }
        return ~crc;
    }
}
