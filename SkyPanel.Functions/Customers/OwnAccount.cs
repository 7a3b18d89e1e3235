using System.ComponentModel.DataAnnotations;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Customers;

/// <summary>How a customer stands, as the customer sees it. Amounts are in currency units.</summary>
/// <param name="Balance">What the wallet holds; null when it was never read.</param>
/// <param name="Owed">Charged and not yet taken from the wallet.</param>
/// <param name="Available">Balance less what is owed, plus the credit limit; null when the balance is unknown.</param>
/// <param name="RunwayHours">Full hours until it is used up; null unless they are known.</param>
/// <param name="LinkExpiresAt">Until when this link is valid.</param>
public sealed record OwnAccount(
    string? Name, string Currency, int TokensPerCurrencyUnit, AccountBalance? Balance, decimal Owed, decimal? Available,
    [property: AllowedValues("known", "endless", "unknown")] string Runway, int? RunwayHours,
    AccountState State, decimal NetThisMonth, IReadOnlyList<OwnServer> Servers, TopUpOffer TopUps, DateTime LinkExpiresAt);

/// <summary>A server and what this month has cost so far.</summary>
/// <param name="State">As last seen; <c>removed</c> when it is the customer's no longer.</param>
public sealed record OwnServer(
    int ServerId, string? Plan, decimal? Price, bool IsMonthlyPrice, int? BasisHours,
    [property: AllowedValues("billable", "suspended", "building", "disabled", "gone", "unseen", "removed")] string State,
        decimal NetThisMonth);

/// <summary>Whether and how much can be paid.</summary>
/// <param name="IsOpen">False: nothing can be paid now.</param>
public sealed record TopUpOffer(bool IsOpen, decimal Minimum, decimal Maximum, decimal DailyMaximum);

/// <summary>What a server cost in a month, hour by hour.</summary>
/// <param name="Net">With corrections.</param>
public sealed record OwnCharges(int ServerId, string Month, decimal Net, IReadOnlyList<OwnCharge> Charges);

/// <summary>An hour of a server.</summary>
/// <param name="SecondsBeyondCap">Ran after the monthly cap was reached, at no cost.</param>
public sealed record OwnCharge(DateTime Hour, decimal Amount, int SecondsBilled, decimal SecondsBeyondCap);

/// <summary>Why an hour cost what it did, as the customer sees it.</summary>
/// <param name="Charge">Null for an hour that was not charged.</param>
/// <param name="Observations">What was seen of the server within the hour.</param>
/// <param name="Decision"><c>waits</c> while a person decides whether it is charged, <c>free</c> when it was decided that it is
/// not.</param>
public sealed record OwnHour(
    int ServerId, DateTime Hour, OwnHourCharge? Charge, IReadOnlyList<OwnSpell> Observations,
    [property: AllowedValues("waits", "free")] string? Decision, IReadOnlyList<OwnAdjustment> Adjustments)
{
    internal static OwnHour Of(HourExplanation explained)
    {
        var end = explained.Hour.AddHours(1);
        return new(explained.ServerId, explained.Hour,
            explained.Charge is { } charge ? new(charge.Amount, charge.Price, charge.BasisHours, charge.IsMonthlyPrice,
                charge.SecondsBilled, charge.SecondsBeyondCap,
                charge.SecondsCountedBefore, charge.Formula, charge.Debit is { } debit
                    ? new(debit.Tokens, debit.State == DebitState.Settled, debit.SettledAt, debit.CreditId) : null) : null,
            [.. explained.Observations.Select(spell => new OwnSpell(
                spell.StartedAt < explained.Hour ? explained.Hour : spell.StartedAt, spell.SeenUntil > end ? end : spell.SeenUntil,
                    spell.IsBillable))],
            explained.Charge is not null ? null : explained.Holds.Any(hold => hold.State is HoldState.Open or HoldState.Approved) ? "waits"
                : explained.Holds.Count > 0 ? "free" : null,
            [.. explained.Adjustments.Select(one => new OwnAdjustment(one.Kind, one.Seconds, one.Price, one.Reason, one.CreatedAt))]);
    }
}

/// <summary>The charge of an hour.</summary>
/// <param name="Price">Currency units for <paramref name="BasisHours"/> hours.</param>
/// <param name="SecondsCountedBefore">At this price, earlier in the month.</param>
/// <param name="Formula">To be computed again.</param>
/// <param name="Taken">How it was collected; null when it was not yet.</param>
public sealed record OwnHourCharge(
    decimal Amount, decimal Price, int BasisHours, bool IsMonthlyPrice, int SecondsBilled, decimal SecondsBeyondCap,
        decimal SecondsCountedBefore, string Formula, OwnDebit? Taken);

/// <summary>Tokens that were taken from the wallet for this hour and others.</summary>
public sealed record OwnDebit(long Tokens, bool IsSettled, DateTime? SettledAt, string? CreditId);

/// <summary>A part of the hour in which the server was seen in one state.</summary>
public sealed record OwnSpell(DateTime From, DateTime Until, bool IsBillable);

/// <summary>A correction of the hour.</summary>
/// <param name="Seconds">What it counts as since.</param>
public sealed record OwnAdjustment([property: AllowedValues("credit_note", "supplement", "none")] string Kind, int Seconds, decimal Price,
    string Reason, DateTime At);
