using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers;

/// <summary>Writes a statement as CSV. The column <c>amount</c> adds up from the opening to the closing line.</summary>
public static class StatementCsv
{
    private const string Header =
        "month,state,line,at,serverId,from,until,hours,seconds,price,basisHours,capReached,tokens,creditId,text,amount,paidAmount";

    private const string NewLine = "\r\n";

    public static string Write(Statement statement)
    {
        var csv = new StringBuilder(Header).Append(NewLine);
        void Add(Line line) => csv.Append(CultureInfo.InvariantCulture, $"{statement.Month},{statement.State},{line}").Append(NewLine);

        Add(new("opening") { Amount = statement.Opening, Text = "carried from the month before" });
        foreach (var line in statement.Charges)
            Add(new("charge")
            {
                ServerId = line.ServerId, From = line.FromHour, Until = line.UntilHour, Hours = line.Hours, Seconds = line.Seconds,
                Price = line.Price, BasisHours = line.BasisHours, IsCapReached = line.IsCapReached, Text = line.Plan, Amount = line.Amount,
            });
        foreach (var line in statement.Corrections)
            Add(new(line.Kind == "none" ? "correction" : line.Kind.Replace('_', '-')) { At = line.At, ServerId = line.ServerId,
                From = line.FromHour, Until = line.UntilHour, Text = line.Reason, Amount = line.Amount });
        foreach (var line in statement.DnsRenewals)
            Add(new("dns-renewal") { At = line.At, From = line.PeriodStart, Until = line.PeriodEnd,
                Text = $"subscription {line.SubscriptionId}", Amount = line.Amount });
        foreach (var line in statement.Wallet)
            Add(new(line.Kind) { At = line.At, Tokens = line.Tokens, CreditId = line.CreditId, Text = $"debit {line.DebitId}",
                Amount = line.Amount });
        foreach (var line in statement.TopUps)
            Add(new(line.Kind.Replace('_', '-')) { At = line.At, Tokens = line.Tokens, CreditId = line.CreditId,
                Text = $"top-up {line.TopUpId}", PaidAmount = line.Amount });
        Add(new("closing") { Amount = statement.Closing, Text = "carried to the month after" });
        foreach (var line in statement.Open)
            Add(new("open") { ServerId = line.ServerId, From = line.From, Until = line.Until, Text = line.Reason });
        Add(new("note") { Text = $"{Statement.NoInvoice} Amounts are in {statement.Currency}." });
        return csv.ToString();
    }

    // Numbers stay unescaped: a minus before a number is no formula.
    private sealed record Line(string Name)
    {
        public DateTime? At { get; init; }
        public int? ServerId { get; init; }
        public DateTime? From { get; init; }
        public DateTime? Until { get; init; }
        public long? Hours { get; init; }
        public long? Seconds { get; init; }
        public decimal? Price { get; init; }
        public int? BasisHours { get; init; }
        public bool? IsCapReached { get; init; }
        public long? Tokens { get; init; }
        public string? CreditId { get; init; }
        public string? Text { get; init; }
        public decimal? Amount { get; init; }
        public decimal? PaidAmount { get; init; }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Name},{At:yyyy-MM-ddTHH:mm:ssZ},{ServerId},{From:yyyy-MM-ddTHH:mm:ssZ},{Until:yyyy-MM-ddTHH:mm:ssZ}," +
            $"{Hours},{Seconds},{All(Price)},{BasisHours},{(IsCapReached is { } cap ? cap ? "yes" : "no" : "")}," +
            $"{Tokens},{Csv.Cell(CreditId)},{Csv.Cell(Text)},{All(Amount)},{All(PaidAmount)}");

        private static decimal? All(decimal? amount) => amount is { } known ? Money.AllDecimals(known) : null;
    }
}
