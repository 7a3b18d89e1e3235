using SkyPanel.Functions.Secrets;

namespace SkyPanel.Functions.Doctor;

/// <summary>Whether the secret settings that were set over HTTP can still be decrypted.</summary>
public sealed class SecretFindings(SecretStore secrets)
{
    public async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken ct)
    {
        var (stored, broken) = (0, new List<string>());
        foreach (var name in SecretStore.Names)
        {
            try
            {
                stored += await secrets.ReadAsync(name, ct) is null ? 0 : 1;
            }
            catch (StartException)
            {
                broken.Add(name);
            }
        }
        return [broken.Count > 0
            ? Finding.Failing("secrets", $"These stored settings can't be decrypted: {string.Join(", ", broken)}.", "Configure the certificate that they were stored with (DataProtection:PreviousCertificatePath), or set them anew.")
            : Finding.Ok("secrets", $"{stored} secret settings are stored, and can be read.")];
    }
}
