using Microsoft.Extensions.Options;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Payments;

/// <summary>Which credentials are in force now: the configured ones, else those set over HTTP, read anew each time, so that a change needs
/// no restart.</summary>
public sealed class PayPalSettings(SecretStore secrets, IOptions<PayPalOptions> options)
{
    public Uri Address => options.Value.Address;

    public string? WebhookId => string.IsNullOrWhiteSpace(options.Value.WebhookId) ? null : options.Value.WebhookId.Trim();

    /// <returns>The credentials, or why there are none. Without a problem, PayPal is off.</returns>
    public async Task<(PayPalCredentials? Credentials, string? Problem)> ReadAsync(CancellationToken ct)
    {
        try
        {
            var (id, secret) = (await OneAsync(options.Value.ClientId, SecretStore.PayPalClientId, ct),
                await OneAsync(options.Value.ClientSecret, SecretStore.PayPalClientSecret, ct));
            return id is not null && secret is not null ? (new(id, secret), null)
                : id is null && secret is null ? (null, null)
                : (null, $"PayPal:{(id is null ? "ClientId" : "ClientSecret")} is missing, and the other of the two is set");
        }
        catch (UnreadableSecretException e)
        {
            return (null, e.Message.TrimEnd('.'));
        }
    }

    private async Task<string?> OneAsync(string? configured, string stored, CancellationToken ct) =>
        string.IsNullOrWhiteSpace(configured) ? await secrets.ReadAsync(stored, ct) : configured.Trim();
}

/// <summary>What a token is asked for with.</summary>
public sealed record PayPalCredentials(string ClientId, string ClientSecret)
{
    // The generated one would print the secret.
    public override string ToString() => ClientId;
}
