using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;

namespace SkyPanel.Functions.Settings;

/// <summary>Section <c>DataProtection</c>: <c>CertificatePath</c> and <c>CertificatePassword</c> name a PKCS #12 file with an RSA key that
/// encrypts the key ring; <c>PreviousCertificatePath</c> and <c>PreviousCertificatePassword</c> one that only decrypts it. Default: none,
/// so that anyone who can read the database can read the secrets.</summary>
public static class SecretsRegistration
{
    private const string Section = "DataProtection";

    /// <exception cref="StartException">A certificate can't be read, or has no private RSA key.</exception>
    public static IServiceCollection AddSecrets(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
        services.AddSingleton<SecretStore>().AddSingleton<SecretWriter>();
        services.AddSingleton(new KnownSettings(Section, ["CertificatePath", "CertificatePassword", "PreviousCertificatePath",
            "PreviousCertificatePassword"]));
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options =>
                options.XmlRepository = new DatabaseKeyRing(provider.GetRequiredService<NpgsqlDataSource>())));
        var protection = services.AddDataProtection().SetApplicationName("SkyPanel.Functions");
        var (current, previous) = (Certificate(configuration, "Certificate"), Certificate(configuration, "PreviousCertificate"));
        if (current is not null)
            protection.ProtectKeysWithCertificate(current);
        if (current is not null || previous is not null)
            protection.UnprotectKeysWithAnyCertificate([.. new[] { current, previous }.OfType<X509Certificate2>()]);
        return services;
    }

    private static X509Certificate2? Certificate(IConfiguration configuration, string name)
    {
        var path = configuration[$"{Section}:{name}Path"];
        if (string.IsNullOrWhiteSpace(path))
            return null;
        try
        {
            var certificate = X509CertificateLoader.LoadPkcs12FromFile(path, configuration[$"{Section}:{name}Password"]);
            return certificate.HasPrivateKey && certificate.GetRSAPublicKey() is not null ? certificate
                : throw new StartException($"{Section}:{name}Path '{path}' has no private RSA key: a PKCS #12 file with one is allowed.");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartException($"{Section}:{name}Path '{path}' can't be read: a PKCS #12 file and its {Section}:{name}Password are " +
                $"allowed.");
        }
    }
}
