using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Health;

/// <summary>Whether the secret settings that were set over HTTP can still be decrypted.</summary>
public sealed class SecretFindings(SecretStore secrets)
{
    public async Task<Finding> FindAsync(CancellationToken ct)
    {
        var (stored, unreadable) = await secrets.CheckAsync(ct);
        return unreadable.Count > 0
            ? Finding.Failing($"These stored settings can't be decrypted: {string.Join(", ", unreadable)}.",
                "Configure the certificate that they were stored with (DataProtection:PreviousCertificatePath), set them again (PUT " +
                "/api/admin/settings/{name}), or remove them (DELETE). Until then what needs them isn't done, unless configuration has it.")
            : Finding.Ok($"{stored} secret settings are stored, and can be read.");
    }
}
