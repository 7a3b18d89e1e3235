using System.Globalization;

namespace SkyPanel.Functions.Dns;

/// <summary>An active subscription whose wallet holds too little though its grace is over.</summary>
/// <param name="NextPayment">When its first unpaid period began.</param>
/// <param name="Until">When its grace was over.</param>
/// <param name="Tokens">What the wallet held.</param>
internal sealed record Overdue(DueSubscription Subscription, DateTime NextPayment, DateTime Until, decimal Tokens)
{
    public bool IsOver(DateTime now) => Until <= now;

    /// <summary>Says what became of it, for the run's error list.</summary>
    public string Describe(bool isSuspended) => string.Create(CultureInfo.InvariantCulture,
        $"insufficient: {Subscription} {(isSuspended ? "is suspended" : $"is in grace until {Until:yyyy-MM-dd HH:mm} UTC")}, the " +
            $"wallet holds {Tokens} tokens");
}
