namespace SkyPanel.Functions.Dns;

/// <summary>A subscription that a run must decide about.</summary>
/// <param name="Id">The panel's, serial or uuid.</param>
/// <param name="IsSuspended">By us, for lack of tokens.</param>
/// <param name="NextPayment">When the first unpaid period began.</param>
/// <param name="Price">Currency units a month; null when the plan is gone or its price can't be used.</param>
/// <param name="OwedAmount">What the account owed when this was read, in currency units.</param>
public sealed record DueSubscription(
    string Id, int UserId, bool HasUser, string Plan, bool IsSuspended, DateTime NextPayment, int StartedOnDay, int? KeptAnchorDay,
        decimal? Price, decimal OwedAmount)
{
    public override string ToString() => $"DNS subscription {Id} of user {UserId}";

    public string Status => IsSuspended ? "suspended" : "active";

    /// <summary>The first period to pay for. What passed while it was suspended is nobody's: it comes back from now on.</summary>
    public Period First(DateTime cutoff) => IsSuspended ? Period.From(cutoff, null, cutoff.Day) : Period.From(NextPayment, KeptAnchorDay,
        StartedOnDay);
}
