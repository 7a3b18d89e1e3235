namespace SkyPanel.Functions.Dns;

/// <summary>An active subscription whose wallet holds too little.</summary>
/// <param name="NextPayment">The start of its first unpaid period.</param>
/// <param name="Until">The end of its grace period.</param>
/// <param name="Tokens">The wallet's balance.</param>
internal sealed record Overdue(DueSubscription Subscription, DateTime NextPayment, DateTime Until, decimal Tokens)
{
    public bool IsOver(DateTime now) => Until <= now;

    /// <summary>Describes its state for the run's error list.</summary>
    public string Describe(bool isSuspended, DateTime now)
    {
        var state = isSuspended ? "is suspended" : string.Create(CultureInfo.InvariantCulture,
            $"is {(IsOver(now) ? "not suspended, though its grace ended at" : "in grace until")} {Until:yyyy-MM-dd HH:mm} UTC");
        return string.Create(CultureInfo.InvariantCulture, $"insufficient: {Subscription} {state}, the wallet holds {Tokens} tokens");
    }
}
