namespace SkyPanel.Functions.Outbox;

/// <summary>Section <c>Outbox</c>. Checked at start.</summary>
public sealed class OutboxOptions
{
    /// <summary>Failed attempts after which a message is discarded, 1 to 100. Default: 10, which is four to five hours.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 10;
}
