namespace SkyPanel.Functions.Settings;

/// <summary>Thrown when a stored setting can't be decrypted, as its key or the certificate of that key is gone. Its value is unknown, which
/// differs from not being set.</summary>
public sealed class UnreadableSecretException(string name) : Exception(Describe(name))
{
    /// <returns>The problem and its remedy, in one line.</returns>
    public static string Describe(string name) => name.StartsWith(SecretStore.WebhookPrefix, StringComparison.Ordinal)
        ? $"The secret {name} of an endpoint can't be decrypted: configure the certificate that it was stored with " +
            $"(DataProtection:PreviousCertificatePath), or rotate it (POST /api/admin/customers/webhooks/{{id}}/rotate)." :
        $"The stored setting {name} can't be decrypted: configure the certificate that it was stored with " +
            $"(DataProtection:PreviousCertificatePath), set it again (PUT /api/admin/settings/{name}), or remove it (DELETE).";
}
