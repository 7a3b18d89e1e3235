using System.ComponentModel.DataAnnotations;

namespace SkyPanel.Functions.Customers;

/// <summary>What a customer was charged in a calendar month (UTC) and what was paid of it: opening and lines add up to closing.</summary>
/// <param name="Name">As the panel has it; null when the panel's user is gone.</param>
/// <param name="State"><c>final</c> once every hour of the month is decided: it never changes again.</param>
/// <param name="Open">What the month still waits for; empty when it is final.</param>
/// <param name="Opening">Carried from the month before, in currency units: what was owed; negative for what was owed back.</param>
/// <param name="Closing">Carried to the month after.</param>
/// <param name="Charges">A line a server and price, for hours of this month.</param>
/// <param name="Corrections">Posted in this month, whichever month's hours they concern.</param>
/// <param name="Wallet">Tokens that were taken for what was owed, or given back.</param>
/// <param name="TopUps">Tokens that were bought, and those taken back because the money was given back. They don't change what is
/// owed.</param>
public sealed record Statement(
    int UserId, string? Name, string Month, [property: AllowedValues("final", "provisional")] string State, IReadOnlyList<OpenItem> Open,
    string Currency,
    int TokensPerCurrencyUnit, decimal Opening, IReadOnlyList<ChargedServer> Charges, IReadOnlyList<StatementCorrection> Corrections,
    IReadOnlyList<StatementRenewal> DnsRenewals, IReadOnlyList<StatementDebit> Wallet, IReadOnlyList<StatementTopUp> TopUps,
        StatementTotals Totals, decimal Closing)
{
    internal bool IsFinal => State == "final";

    /// <summary>The same without what is between staff: why hours are held or can't be billed.</summary>
    internal Statement ForCustomer() =>
        this with { Open = [.. Open.Select(item => item.ServerId is null ? item : item with { Reason = "not decided yet" })] };

    /// <summary>Said on every form of it.</summary>
    public const string NoInvoice = "This statement is not a tax invoice.";
}

/// <summary>What a month still waits for.</summary>
/// <param name="ServerId">The server whose hours are open; null when it isn't about one.</param>
/// <param name="From">The first open hour; null when the month itself isn't over.</param>
public sealed record OpenItem(int? ServerId, DateTime? From, DateTime Until, string Reason);

/// <summary>Hours of a server at one price.</summary>
/// <param name="Plan">As the panel names it; null when the panel has removed it.</param>
/// <param name="SecondsBeyondCap">Ran after the monthly cap was reached, at no cost.</param>
/// <param name="Price">Currency units for <paramref name="BasisHours"/> hours.</param>
/// <param name="IsCapReached">True: the month's price was used up, later hours cost nothing.</param>
public sealed record ChargedServer(
    int ServerId, string? Plan, DateTime FromHour, DateTime UntilHour, long Hours, long Seconds, decimal SecondsBeyondCap, decimal Price,
    int BasisHours, bool IsMonthlyPrice, bool IsCapReached, decimal Amount);

/// <summary>A correction of what hours cost.</summary>
/// <param name="Amount">Currency units; negative for a credit note.</param>
public sealed record StatementCorrection(
    DateTime At, int ServerId, DateTime FromHour, DateTime UntilHour,
        [property: AllowedValues("credit_note", "supplement", "none")] string Kind, string Reason, decimal Amount);

/// <summary>A DNS subscription that was renewed.</summary>
public sealed record StatementRenewal(DateTime At, string SubscriptionId, DateTime PeriodStart, DateTime PeriodEnd, decimal Amount);

/// <summary>Tokens taken from the wallet for what was owed, or given back to it.</summary>
/// <param name="CreditId">VirtFusion's id of the credit, when it answered with one.</param>
/// <param name="Amount">Currency units; negative for what was taken, which lowers what is owed.</param>
public sealed record StatementDebit(DateTime At, [property: AllowedValues("debit", "refund")] string Kind, long DebitId, long Tokens,
    string? CreditId, decimal Amount);

/// <summary>Tokens that a payment bought, or that were taken back.</summary>
/// <param name="Amount">Currency units; negative for what was taken back.</param>
public sealed record StatementTopUp(DateTime At, [property: AllowedValues("top_up", "claw_back")] string Kind, long TopUpId, long Tokens,
    string? CreditId, decimal Amount);

/// <summary>The sums of the lines, in currency units. Top-ups are not among them: they fill the wallet.</summary>
/// <param name="Debits">Negative: they lower what is owed.</param>
public sealed record StatementTotals(decimal Charges, decimal Corrections, decimal DnsRenewals, decimal Debits, decimal Refunds);
