namespace SkyPanel.Functions.Settings;

/// <summary>A setting is stored and can't be decrypted: the key that it was encrypted with, or the certificate of that, is gone. What it
/// was isn't known, which is something else than that there is none.</summary>
public sealed class UnreadableSecretException(string name) : Exception(Describe(name))
{
    /// <returns>What is wrong and what to do, in one line.</returns>
    public static string Describe(string name) => name.StartsWith(SecretStore.WebhookPrefix, StringComparison.Ordinal)
        ? $"The secret {name} of an endpoint can't be decrypted: configure the certificate that it was stored with " +
            $"(DataProtection:PreviousCertificatePath), or rotate it (POST /api/admin/customers/webhooks/{{id}}/rotate)." :
        $"The stored setting {name} can't be decrypted: configure the certificate that it was stored with " +
            $"(DataProtection:PreviousCertificatePath), set it anew (PUT /api/admin/settings/{name}), or remove it (DELETE).";
}
