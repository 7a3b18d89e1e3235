using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Outbox;

/// <summary>Which webhook is in force now: the configured one, else the one set over HTTP, else the panel's, read anew each time, so that a
/// change needs no restart.</summary>
public sealed class DiscordSettings(NpgsqlDataSource database, SecretStore secrets, IOptions<DiscordOptions> options)
{
    private const string PanelSql = "select value from public.settings where key = 'discord_webhook_url' and value <> ''";

    /// <returns>The webhook, or why there is none. Without a problem, Discord is off.</returns>
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

        var panel = (await Attempt.QueryAsync(database, PanelSql, row => row.GetString(0), ct))?.FirstOrDefault();
        if (string.IsNullOrWhiteSpace(panel))
            return (null, null);
        var webhook = DiscordWebhook.Parse(panel);
        return (webhook, webhook is null ? $"settings.discord_webhook_url must be {DiscordWebhook.Allowed}" : null);
    }
}
