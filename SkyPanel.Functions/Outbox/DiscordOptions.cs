namespace SkyPanel.Functions.Outbox;

/// <summary>Section <c>Discord</c>. Checked at start.</summary>
public sealed class DiscordOptions : IValidatableObject
{
    /// <summary>A channel's webhook, <c>https://discord.com/api/webhooks/id/token</c>; a secret, since it permits posting.
    /// Default: the panel's <c>settings.discord_webhook_url</c>.</summary>
    public string? WebhookUrl { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrWhiteSpace(WebhookUrl) && DiscordWebhook.Parse(WebhookUrl) is null)
            yield return new($"Discord:WebhookUrl '***' must be {DiscordWebhook.Allowed}.", [nameof(WebhookUrl)]);
    }
}
