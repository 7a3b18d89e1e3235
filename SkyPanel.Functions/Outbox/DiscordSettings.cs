using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Outbox;

/// <summary>Finds the webhook in force: the configured one, otherwise the one set over HTTP, otherwise the panel's. A change needs no
/// restart.</summary>
public sealed class DiscordSettings(NpgsqlDataSource database, SecretStore secrets, IOptions<DiscordOptions> options)
{
    private const string PanelSql = "select value from public.settings where key = 'discord_webhook_url' and value <> ''";

    /// <returns>The webhook, or the problem. Discord is off without either.</returns>
    public async Task<(DiscordWebhook? Webhook, string? Problem)> ReadAsync(CancellationToken ct)
    {
        if (!string.IsNullOrWhiteSpace(options.Value.WebhookUrl))
            return (DiscordWebhook.Parse(options.Value.WebhookUrl), null);

        try
        {
            if (await secrets.ReadAsync(SecretStore.DiscordWebhook, ct) is { } stored)
                return (DiscordWebhook.Parse(stored), null);
        }
        catch (UnreadableSecretException e)
        {
            return (null, e.Message.TrimEnd('.'));
        }

        var panel = (await Attempt.QueryAsync<string>(database, PanelSql, ct))?.FirstOrDefault();
        if (string.IsNullOrWhiteSpace(panel))
            return (null, null);
        var webhook = DiscordWebhook.Parse(panel);
        return (webhook, webhook is null ? $"settings.discord_webhook_url must be {DiscordWebhook.Allowed}" : null);
    }
}
