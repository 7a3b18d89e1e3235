using System.ComponentModel.DataAnnotations;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Why an hour of a server cost what it did.</summary>
/// <param name="Charge">Null for an hour that was not charged.</param>
/// <param name="Observations">What was seen of the server around it.</param>
/// <param name="Adjustments">What was mended about it since.</param>
public sealed record HourExplanation(
    int ServerId, DateTime Hour, bool IsCharged, ExplainedCharge? Charge, IReadOnlyList<Spell> Observations, IReadOnlyList<HourHold> Holds,
    IReadOnlyList<HourAdjustment> Adjustments);

/// <summary>The charge of an hour and how it came about.</summary>
/// <param name="Amount">Currency units.</param>
/// <param name="Price">Currency units for <paramref name="BasisHours"/> hours.</param>
/// <param name="TermsSince">From when on the price holds; null for the first that was known.</param>
/// <param name="SecondsCounted">The part of the seconds that the monthly cap left to pay for.</param>
/// <param name="SecondsCountedBefore">At this price, earlier in the month.</param>
/// <param name="Formula">To be computed again.</param>
/// <param name="Debit">That collected it; null when none did yet.</param>
public sealed record ExplainedCharge(
    decimal Amount, int UserId, decimal Price, int BasisHours, bool IsMonthlyPrice, DateTime? TermsSince, int SecondsBilled,
    decimal SecondsCounted,
    decimal SecondsBeyondCap, decimal SecondsCountedBefore, string Formula, ExplainedRun Run, ExplainedTransfer Transfer,
        ExplainedDebit? Debit);

/// <summary>The run that charged it.</summary>
public sealed record ExplainedRun(long Id, DateTime? StartedAt, RunTrigger? Trigger);

/// <summary>The transfer that it is a line of.</summary>
/// <param name="Amount">Of all its lines, in currency units.</param>
public sealed record ExplainedTransfer(long? Id, decimal? Amount);

/// <summary>The debit that collected it.</summary>
public sealed record ExplainedDebit(long Id, long Tokens, DebitState State, string? CreditId, DateTime? SettledAt);

/// <summary>A hold that the hour was in.</summary>
public sealed record HourHold(long Id, HoldState State, string Reason, string? DecidedBy, string? DecisionReason);

/// <summary>A correction of the hour.</summary>
/// <param name="Seconds">What ran of it, after all.</param>
/// <param name="Price">Currency units for the basis of hours.</param>
public sealed record HourAdjustment(long Id, [property: AllowedValues("credit_note", "supplement", "none")] string Kind, int Seconds,
    decimal Price, string Reason, string Author, DateTime CreatedAt, long? TransferId);
