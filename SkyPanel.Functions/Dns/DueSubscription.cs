namespace SkyPanel.Functions.Dns;

/// <summary>A subscription whose payment is due.</summary>
/// <param name="Id">The panel's id, serial or uuid.</param>
/// <param name="IsSuspended">Suspended by us, for lack of tokens.</param>
/// <param name="NextPayment">The start of the first unpaid period.</param>
/// <param name="StoredAnchorDay">The anchor day of the last renewal; null without one.</param>
/// <param name="Price">Currency units a month; null when the plan is missing or its price is invalid.</param>
/// <param name="OwedAmount">The amount owed by the account when this was read, in currency units.</param>
public sealed record DueSubscription(
    string Id, int UserId, bool HasUser, string Plan, bool IsSuspended, DateTime NextPayment, int StartedOnDay, int? StoredAnchorDay,
        decimal? Price, decimal OwedAmount)
{
    public override string ToString() => $"DNS subscription {Id} of user {UserId}";

    public string Status => IsSuspended ? "suspended" : "active";

    /// <summary>Returns the first period to pay for. A suspended subscription is renewed from now on; its suspended time is not
    /// charged.</summary>
    public Period First(DateTime cutoff) => IsSuspended ? Period.From(cutoff, null, cutoff.Day) : Period.From(NextPayment, StoredAnchorDay,
        StartedOnDay);
}
