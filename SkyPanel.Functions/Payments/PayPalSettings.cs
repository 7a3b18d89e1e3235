using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Payments;

/// <summary>Reads the credentials: the configured ones, else those stored over HTTP. They are read each time, so that a change needs no
/// restart.</summary>
public sealed class PayPalSettings(SecretStore secrets, IOptions<PayPalOptions> options)
{
    public Uri Address => options.Value.Address;

    public string? WebhookId => string.IsNullOrWhiteSpace(options.Value.WebhookId) ? null : options.Value.WebhookId.Trim();

    /// <returns>The credentials, or the problem; neither when PayPal is off.</returns>
    public async Task<(PayPalCredentials? Credentials, string? Problem)> ReadAsync(CancellationToken ct)
    {
        try
        {
            var (id, secret) = (await ReadOneAsync(options.Value.ClientId, SecretStore.PayPalClientId, ct),
                await ReadOneAsync(options.Value.ClientSecret, SecretStore.PayPalClientSecret, ct));
            return id is not null && secret is not null ? (new(id, secret), null)
                : id is null && secret is null ? (null, null)
                : (null, $"PayPal:{(id is null ? "ClientId" : "ClientSecret")} is missing, and the other of the two is set");
        }
        catch (UnreadableSecretException e)
        {
            return (null, e.Message.TrimEnd('.'));
        }
    }

    private async Task<string?> ReadOneAsync(string? configured, string stored, CancellationToken ct) =>
        string.IsNullOrWhiteSpace(configured) ? await secrets.ReadAsync(stored, ct) : configured.Trim();
}

/// <summary>The credentials to get a token with.</summary>
public sealed record PayPalCredentials(string ClientId, string ClientSecret)
{
    // The generated method would print the secret.
    public override string ToString() => ClientId;
}
