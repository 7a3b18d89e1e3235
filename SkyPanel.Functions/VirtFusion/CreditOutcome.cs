namespace SkyPanel.Functions.VirtFusion;

/// <summary>The outcome of one attempt to change a wallet.</summary>
public abstract record CreditOutcome
{
    private CreditOutcome() { }

    /// <summary>The wallet was changed.</summary>
    /// <param name="CreditId">VirtFusion's id of the change, by which it can be cancelled.</param>
    public sealed record Accepted(string CreditId) : CreditOutcome;

    /// <summary>The wallet was not changed.</summary>
    /// <param name="Status">The HTTP status, or 0 when the request was never sent: no connection, no TLS, no address.</param>
    public sealed record Refused(int Status, string Message) : CreditOutcome;

    /// <summary>The wallet was not changed: VirtFusion refuses the API token, as it would for every other wallet.</summary>
    public sealed record Unauthorized : CreditOutcome;

    /// <summary>The wallet was not changed: too many calls; the wait that VirtFusion asks for, if any.</summary>
    public sealed record RateLimited(TimeSpan? RetryAfter) : CreditOutcome;

    /// <summary>The wallet was not changed: the deadline passed before the request was sent, and another process may have taken
    /// over.</summary>
    public sealed record TooLate : CreditOutcome;

    /// <summary>The wallet may have been changed.</summary>
    public sealed record InDoubt(string Reason) : CreditOutcome;
}
