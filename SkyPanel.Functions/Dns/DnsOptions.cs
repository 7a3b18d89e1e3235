namespace SkyPanel.Functions.Dns;

/// <summary>Section <c>Dns</c>: how renewals treat unpaid and missed periods. Checked at start.</summary>
public sealed class DnsOptions
{
    /// <summary>The time from the first reading of a wallet with too few tokens until its subscription is suspended, 0 to 90 days. Default:
    /// 7 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "90.00:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The most unpaid periods of a subscription that a run renews, 1 to 24; with more it renews none. Default: 3.</summary>
    [Range(1, 24)]
    public int MaxCatchUpPeriods { get; set; } = 3;
}
