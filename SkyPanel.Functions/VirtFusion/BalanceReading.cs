namespace SkyPanel.Functions.VirtFusion;

/// <summary>What asking for a wallet's balance showed.</summary>
public abstract record BalanceReading
{
    private BalanceReading() { }

    /// <summary>The balance in tokens, exactly as VirtFusion wrote it; may have decimals, may be negative.</summary>
    public sealed record Tokens(decimal Amount) : BalanceReading;

    /// <summary>The token is refused: every other call would be too.</summary>
    public sealed record Unauthorized : BalanceReading;

    /// <summary>Too many calls; how long VirtFusion wants to be left alone, when it says so.</summary>
    public sealed record RateLimited(TimeSpan? RetryAfter) : BalanceReading;

    /// <summary>VirtFusion has no such user, or won't say.</summary>
    public sealed record Refused(int Status, string Message) : BalanceReading;

    /// <summary>No reading: never a balance of 0.</summary>
    public sealed record Unknown(string Reason) : BalanceReading;
}
