using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>The explanation of an hour of a server.</summary>
/// <param name="Charge">Null for an hour that was not charged.</param>
/// <param name="Spells">The observed spells around it.</param>
/// <param name="Adjustments">Its corrections.</param>
public sealed record HourExplanation(
    int ServerId, DateTime Hour, bool IsCharged, ExplainedCharge? Charge, IReadOnlyList<Spell> Spells, IReadOnlyList<HourHold> Holds,
    IReadOnlyList<HourAdjustment> Adjustments);

/// <summary>The charge of an hour and its computation.</summary>
/// <param name="Amount">Currency units.</param>
/// <param name="Price">Currency units for <paramref name="BasisHours"/> hours.</param>
/// <param name="TermsSince">The beginning of the price; null for the first one.</param>
/// <param name="SecondsCounted">The seconds to be paid under the monthly cap.</param>
/// <param name="SecondsCountedBefore">The seconds paid at this price earlier in the month.</param>
/// <param name="Formula">The formula of the amount.</param>
/// <param name="Debit">The debit that collected it; null without one.</param>
public sealed record ExplainedCharge(
    decimal Amount, int UserId, decimal Price, int BasisHours, bool IsMonthlyPrice, DateTime? TermsSince, int SecondsBilled,
    decimal SecondsCounted,
    decimal SecondsBeyondCap, decimal SecondsCountedBefore, string Formula, ExplainedRun Run, ExplainedTransfer Transfer,
        ExplainedDebit? Debit);

/// <summary>The run that charged it.</summary>
public sealed record ExplainedRun(long Id, DateTime? StartedAt, RunTrigger? Trigger);

/// <summary>The transfer that contains it.</summary>
/// <param name="Amount">The amount of all its charges, in currency units.</param>
public sealed record ExplainedTransfer(long? Id, decimal? Amount);

/// <summary>The debit that collected it.</summary>
public sealed record ExplainedDebit(long Id, long Tokens, DebitState State, string? CreditId, DateTime? SettledAt);

/// <summary>A hold that contained the hour.</summary>
public sealed record HourHold(long Id, HoldState State, string Reason, string? DecidedBy, string? DecisionReason);

/// <summary>A correction of the hour.</summary>
/// <param name="Seconds">The corrected seconds.</param>
/// <param name="Price">Currency units for the basis of hours.</param>
public sealed record HourAdjustment(long Id, CorrectionKind Kind, int Seconds,
    decimal Price, string Reason, string Author, DateTime CreatedAt, long? TransferId);
