using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.Customers;

/// <summary>Lists the lines of a statement's CSV. The column <c>amount</c> adds up from the opening to the closing line.</summary>
public static class StatementCsv
{
    public static IReadOnlyList<StatementCsvLine> Lines(Statement statement)
    {
        StatementCsvLine Of(string name) => new(statement.Month, statement.State, name.Replace('_', '-'));

        return
        [
            Of("opening") with { Amount = statement.Opening, Text = "carried from the month before" },
            .. statement.Charges.Select(line => Of("charge") with
            {
                ServerId = line.ServerId, From = line.FromHour, Until = line.UntilHour, Hours = line.Hours, Seconds = line.Seconds,
                Price = line.Price, BasisHours = line.BasisHours, CapReached = line.IsCapReached ? "yes" : "no", Text = line.Plan,
                Amount = line.Amount,
            }),
            .. statement.Corrections.Select(line => Of(line.Kind == CorrectionKind.None ? "correction" : line.Kind.Text()) with
            {
                At = line.At, ServerId = line.ServerId, From = line.FromHour, Until = line.UntilHour, Text = line.Reason,
                Amount = line.Amount,
            }),
            .. statement.DnsRenewals.Select(line => Of("dns-renewal") with
            {
                At = line.At, From = line.PeriodStart, Until = line.PeriodEnd, Text = $"subscription {line.SubscriptionId}",
                Amount = line.Amount,
            }),
            .. statement.Wallet.Select(line => Of(line.Kind) with
            {
                At = line.At, Tokens = line.Tokens, CreditId = line.CreditId, Text = $"debit {line.DebitId}", Amount = line.Amount,
            }),
            .. statement.TopUps.Select(line => Of(line.Kind) with
            {
                At = line.At, Tokens = line.Tokens, CreditId = line.CreditId, Text = $"top-up {line.TopUpId}", PaidAmount = line.Amount,
            }),
            Of("closing") with { Amount = statement.Closing, Text = "carried to the month after" },
            .. statement.Open.Select(line => Of("open") with
            {
                ServerId = line.ServerId, From = line.From, Until = line.Until, Text = line.Reason,
            }),
            Of("note") with { Text = $"{Statement.NoInvoice} Amounts are in {statement.Currency}." },
        ];
    }
}

/// <summary>A line of a statement's CSV: its members are the columns.</summary>
public sealed record StatementCsvLine(
    string Month, string State, string Line, DateTime? At = null, int? ServerId = null, DateTime? From = null, DateTime? Until = null,
    long? Hours = null, long? Seconds = null, decimal? Price = null, int? BasisHours = null, string? CapReached = null,
    long? Tokens = null, string? CreditId = null, string? Text = null, decimal? Amount = null, decimal? PaidAmount = null);
