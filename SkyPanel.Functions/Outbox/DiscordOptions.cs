using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Outbox;

/// <summary>Section <c>Discord</c>. Checked at start.</summary>
public sealed class DiscordOptions : IValidatableObject
{
    /// <summary>A channel's webhook, <c>https://discord.com/api/webhooks/id/token</c>; it is a secret, since whoever has it may post.
    /// Default: none, then the panel's own <c>settings.discord_webhook_url</c> decides.</summary>
    public string? WebhookUrl { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrWhiteSpace(WebhookUrl) && DiscordWebhook.Parse(WebhookUrl) is null)
            yield return new($"Discord:WebhookUrl '***' must be {DiscordWebhook.Allowed}.", [nameof(WebhookUrl)]);
    }
}
