namespace SkyPanel.Functions.VirtFusion;

/// <summary>The result of reading a wallet's balance.</summary>
public abstract record BalanceReading
{
    private BalanceReading() { }

    /// <summary>Says why there is no balance.</summary>
    public string Problem => this switch
    {
        Unauthorized => "VirtFusion refuses the API token",
        RateLimited => "too many calls",
        Refused(var status, var message) => $"{status} {message}".TrimEnd(),
        Unknown(var reason) => reason,
        _ => "",
    };

    /// <summary>The balance in tokens, exactly as VirtFusion wrote it; it may have decimals and be negative.</summary>
    public sealed record Tokens(decimal Amount) : BalanceReading;

    /// <summary>VirtFusion refuses the API token, as it would for every other call.</summary>
    public sealed record Unauthorized : BalanceReading;

    /// <summary>Too many calls; the wait that VirtFusion asks for, if any.</summary>
    public sealed record RateLimited(TimeSpan? RetryAfter) : BalanceReading;

    /// <summary>VirtFusion has no such user, or refuses to answer.</summary>
    public sealed record Refused(int Status, string Message) : BalanceReading;

    /// <summary>There is no reading, which is not a balance of 0.</summary>
    public sealed record Unknown(string Reason) : BalanceReading
    {
        /// <summary>Whether VirtFusion answered about this user: neither a lost connection nor a 5xx.</summary>
        public bool IsAnswered { get; init; }
    }
}
