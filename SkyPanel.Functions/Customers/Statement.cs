using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.Customers;

/// <summary>A customer's charges and payments in a calendar month (UTC). Opening and lines add up to closing.</summary>
/// <param name="Name">The name in the panel; null when the panel's user no longer exists.</param>
/// <param name="State"><c>final</c> once every hour of the month is decided; it then never changes.</param>
/// <param name="Open">Hours that are still undecided; empty when it is final.</param>
/// <param name="Opening">The amount owed at the start of the month, in currency units; negative for a credit.</param>
/// <param name="Closing">The amount owed at the end of the month.</param>
/// <param name="Charges">One line for each server and price, for hours of this month.</param>
/// <param name="Corrections">Corrections posted in this month, for hours of any month.</param>
/// <param name="Wallet">Tokens taken for the amount owed, or given back.</param>
/// <param name="TopUps">Tokens bought, and tokens taken back after a refund. They don't change the amount owed.</param>
public sealed record Statement(
    int UserId, string? Name, string Month, [property: AllowedValues("final", "provisional")] string State, IReadOnlyList<OpenItem> Open,
    string Currency,
    int TokensPerCurrencyUnit, decimal Opening, IReadOnlyList<ChargedServer> Charges, IReadOnlyList<StatementCorrection> Corrections,
    IReadOnlyList<StatementRenewal> DnsRenewals, IReadOnlyList<StatementDebit> Wallet, IReadOnlyList<StatementTopUp> TopUps,
        StatementTotals Totals, decimal Closing)
{
    internal bool IsFinal => Open.Count == 0;

    /// <summary>Removes the staff's reasons why hours are held or can't be billed.</summary>
    internal Statement ForCustomer() =>
        this with { Open = [.. Open.Select(item => item.ServerId is null ? item : item with { Reason = "not decided yet" })] };

    /// <summary>The notice on every format of the statement.</summary>
    public const string NoInvoice = "This statement is not a tax invoice.";
}

/// <summary>Hours of a month that are still undecided.</summary>
/// <param name="ServerId">The server whose hours are undecided; null for the month itself.</param>
/// <param name="From">The first undecided hour; null when the month isn't over.</param>
public sealed record OpenItem(int? ServerId, DateTime? From, DateTime Until, string Reason);

/// <summary>Hours of a server at one price.</summary>
/// <param name="Plan">The plan's name in the panel; null when the panel has removed it.</param>
/// <param name="SecondsBeyondCap">Seconds after the monthly cap was reached, which cost nothing.</param>
/// <param name="Price">Currency units for <paramref name="BasisHours"/> hours.</param>
/// <param name="IsCapReached">Whether the month's price was reached, so that later hours cost nothing.</param>
public sealed record ChargedServer(
    int ServerId, string? Plan, DateTime FromHour, DateTime UntilHour, long Hours, long Seconds, decimal SecondsBeyondCap, decimal Price,
    int BasisHours, bool IsMonthlyPrice, bool IsCapReached, decimal Amount);

/// <summary>A correction of the cost of hours.</summary>
/// <param name="Amount">Currency units; negative for a credit note.</param>
public sealed record StatementCorrection(
    DateTime At, int ServerId, DateTime FromHour, DateTime UntilHour,
        CorrectionKind Kind, string Reason, decimal Amount);

/// <summary>A renewal of a DNS subscription.</summary>
public sealed record StatementRenewal(DateTime At, string SubscriptionId, DateTime PeriodStart, DateTime PeriodEnd, decimal Amount);

/// <summary>Tokens taken from the wallet for the amount owed, or given back to it.</summary>
/// <param name="CreditId">VirtFusion's id of the credit, when it answered with one.</param>
/// <param name="Amount">Currency units; negative for a debit, which lowers the amount owed.</param>
public sealed record StatementDebit(DateTime At, [property: AllowedValues("debit", "refund")] string Kind, long DebitId, long Tokens,
    string? CreditId, decimal Amount);

/// <summary>Tokens bought by a payment, or taken back.</summary>
/// <param name="Amount">Currency units; negative for tokens taken back.</param>
public sealed record StatementTopUp(DateTime At, [property: AllowedValues("top_up", "claw_back")] string Kind, long TopUpId, long Tokens,
    string? CreditId, decimal Amount);

/// <summary>The sums of the lines, in currency units, without top-ups, which only fill the wallet.</summary>
/// <param name="Debits">Negative: debits lower the amount owed.</param>
public sealed record StatementTotals(decimal Charges, decimal Corrections, decimal DnsRenewals, decimal Debits, decimal Refunds);
