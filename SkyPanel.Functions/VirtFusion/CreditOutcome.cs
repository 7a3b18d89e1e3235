namespace SkyPanel.Functions.VirtFusion;

/// <summary>What became of one attempt to move a wallet.</summary>
public abstract record CreditOutcome
{
    private CreditOutcome() { }

    /// <summary>The wallet moved.</summary>
    /// <param name="CreditId">VirtFusion's id of the movement, by which it can be cancelled.</param>
    public sealed record Accepted(string CreditId) : CreditOutcome;

    /// <summary>The wallet did not move.</summary>
    /// <param name="Status">VirtFusion's answer, or 0 when the order never left: no connection, no TLS, no address.</param>
    public sealed record Refused(int Status, string Message) : CreditOutcome;

    /// <summary>The wallet did not move: the token is refused, as it will be for every other wallet.</summary>
    public sealed record Unauthorized : CreditOutcome;

    /// <summary>The wallet did not move; how long VirtFusion wants to be left alone, when it says so.</summary>
    public sealed record RateLimited(TimeSpan? RetryAfter) : CreditOutcome;

    /// <summary>The wallet did not move: the deadline passed before the order was written. Somebody else may have taken over.</summary>
    public sealed record TooLate : CreditOutcome;

    /// <summary>The wallet may have moved.</summary>
    public sealed record InDoubt(string Reason) : CreditOutcome;
}
