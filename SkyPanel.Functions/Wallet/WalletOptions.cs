namespace SkyPanel.Functions.Wallet;

/// <summary>Section <c>Wallet</c>. Checked at start.</summary>
public sealed class WalletOptions
{
    /// <summary>After a lost answer, wait this long past the claim's deadline before an unchanged balance proves that nothing was
    /// taken. 1 second to 1 day; below half a minute, an order's own time limit, it is for tests. Default: 5
    /// minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan InDoubtWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Refusals after which a debit is held for a person, 1 to 100. Default: 8.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>The duration of a claim, from taking a debit to having sent it. 5 seconds to 1 minute. Default: 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:01:00")]
    public TimeSpan ClaimTime { get; set; } = TimeSpan.FromSeconds(15);
}
