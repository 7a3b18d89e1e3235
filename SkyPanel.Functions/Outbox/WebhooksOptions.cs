namespace SkyPanel.Functions.Outbox;

/// <summary>Section <c>Webhooks</c>.</summary>
public sealed class WebhooksOptions
{
    /// <summary>Whether webhooks may be posted to this machine, private networks and a cloud's own addresses.</summary>
    public bool AllowPrivateAddresses { get; set; }
}
