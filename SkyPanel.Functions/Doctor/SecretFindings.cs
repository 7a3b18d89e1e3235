using SkyPanel.Functions.Secrets;

namespace SkyPanel.Functions.Doctor;

/// <summary>Whether the secret settings that were set over HTTP can still be decrypted.</summary>
public sealed class SecretFindings(SecretStore secrets)
{
    public async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken ct)
    {
        var (stored, unreadable) = await secrets.LookAsync(ct);
        return [unreadable.Count > 0
            ? Finding.Failing("secrets", $"These stored settings can't be decrypted: {string.Join(", ", unreadable)}.", "Configure the certificate that they were stored with (DataProtection:PreviousCertificatePath), or set them anew (PUT /api/admin/settings/{name}). What needs them isn't done meanwhile.")
            : Finding.Ok("secrets", $"{stored} secret settings are stored, and can be read.")];
    }
}
