namespace SkyPanel.Functions.Outbox;

/// <summary>Where signed webhooks may be posted to.</summary>
public sealed class WebhooksOptions
{
    /// <summary>Also to this machine, private networks and a cloud's own addresses.</summary>
    public bool AllowPrivateAddresses { get; set; }
}
