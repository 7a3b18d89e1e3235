using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Customers;

/// <summary>A customer's account, as the customer sees it. Amounts are in currency units.</summary>
/// <param name="Balance">The wallet's balance; null when it was never read.</param>
/// <param name="Owed">Charged but not yet taken from the wallet, an open debit included.</param>
/// <param name="Available">Balance minus what is owed or to be taken back, plus the credit limit; null when the balance is
/// unknown.</param>
/// <param name="RunwayHours">Full hours until it is used up; null when unknown.</param>
/// <param name="LinkExpiresAt">The instant when this link expires.</param>
public sealed record OwnAccount(
    string? Name, string Currency, int TokensPerCurrencyUnit, AccountBalance? Balance, decimal Owed, decimal? Available,
    [property: AllowedValues("known", "endless", "unknown")] string Runway, int? RunwayHours,
    Standing State, decimal NetThisMonth, IReadOnlyList<OwnServer> Servers, TopUpOffer TopUps, DateTime LinkExpiresAt);

/// <summary>A server and its cost this month so far.</summary>
/// <param name="State">As last observed; <c>removed</c> when it no longer belongs to the customer.</param>
public sealed record OwnServer(
    int ServerId, string? Plan, decimal? Price, bool IsMonthlyPrice, int? BasisHours,
    [property: AllowedValues("billable", "suspended", "building", "disabled", "gone", "unseen", "removed")] string State,
        decimal NetThisMonth);

/// <summary>The amounts that can be paid.</summary>
/// <param name="IsOpen">Whether payments are possible now.</param>
public sealed record TopUpOffer(bool IsOpen, decimal Minimum, decimal Maximum, decimal DailyMaximum);

/// <summary>The cost of a server in a month, hour by hour.</summary>
/// <param name="Net">The total with corrections.</param>
public sealed record OwnCharges(int ServerId, string Month, decimal Net, IReadOnlyList<OwnCharge> Charges);

/// <summary>The charge of one hour in a list.</summary>
/// <param name="SecondsBeyondCap">Seconds after the monthly cap was reached, which cost nothing.</param>
public sealed record OwnCharge(DateTime Hour, decimal Amount, int SecondsBilled, decimal SecondsBeyondCap);

/// <summary>The explanation of an hour's cost, as the customer sees it.</summary>
/// <param name="Charge">Null for an hour that was not charged.</param>
/// <param name="Spells">The states of the server observed within the hour.</param>
/// <param name="Decision"><c>waits</c> until a person decides whether to charge the hour; <c>free</c> after a decision not to.</param>
public sealed record OwnHour(
    int ServerId, DateTime Hour, OwnHourCharge? Charge, IReadOnlyList<OwnSpell> Spells,
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
            [.. explained.Spells.Select(spell => new OwnSpell(
                spell.StartedAt is { } from && from > explained.Hour ? from : explained.Hour, spell.SeenUntil > end ? end : spell.SeenUntil,
                    spell.IsBillable))],
            explained.Charge is not null ? null : explained.Holds.Any(hold => hold.State is HoldState.Open or HoldState.Approved) ? "waits"
                : explained.Holds.Count > 0 ? "free" : null,
            [.. explained.Adjustments.Select(one => new OwnAdjustment(one.Kind, one.Seconds, one.Price, one.Reason, one.CreatedAt))]);
    }
}

/// <summary>The charge of an hour.</summary>
/// <param name="Price">Currency units for <paramref name="BasisHours"/> hours.</param>
/// <param name="SecondsCountedBefore">Seconds charged at this price earlier in the month.</param>
/// <param name="Formula">The computation, to be checked by the reader.</param>
/// <param name="Taken">The debit that collected it; null while there is none.</param>
public sealed record OwnHourCharge(
    decimal Amount, decimal Price, int BasisHours, bool IsMonthlyPrice, int SecondsBilled, decimal SecondsBeyondCap,
        decimal SecondsCountedBefore, string Formula, OwnDebit? Taken);

/// <summary>Tokens taken from the wallet for this hour and others.</summary>
public sealed record OwnDebit(long Tokens, bool IsSettled, DateTime? SettledAt, string? CreditId);

/// <summary>A part of the hour in which the server was observed in one state.</summary>
public sealed record OwnSpell(DateTime From, DateTime Until, bool IsBillable);

/// <summary>A correction of the hour.</summary>
/// <param name="Seconds">The seconds that count after the correction.</param>
public sealed record OwnAdjustment(CorrectionKind Kind, int Seconds, decimal Price,
    string Reason, DateTime At);
