using System.Net;
using System.Security.Cryptography;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers;

/// <summary>Writes a statement as a page for printing on A4, without scripts and external files, with every text escaped.</summary>
public static class StatementHtml
{
    private const string Style = """
        @page { size: A4; margin: 16mm; }
        body { font: 10.5pt/1.4 system-ui, "Segoe UI", Roboto, sans-serif; color: #1b2330;
               background: #fff; margin: 24px auto; max-width: 178mm; padding: 0 12px; }
        h1 { font-size: 16pt; margin: 0; } h2 { font-size: 11.5pt; margin: 18pt 0 4pt; break-after: avoid; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        thead { display: table-header-group; } tr { break-inside: avoid; }
        th { text-align: left; font-weight: 600; font-size: 9pt; border-bottom: 1pt solid #566071; padding: 2pt 6pt 2pt 0; }
        td { padding: 2pt 6pt 2pt 0; border-bottom: .5pt solid #d9dee6; vertical-align: top; overflow-wrap: anywhere; }
        .n { text-align: right; white-space: nowrap; } .sum td { border-bottom: 0; font-weight: 600; }
        .note { color: #566071; font-size: 9pt; }
        @media print { body { margin: 0; max-width: none; padding: 0; } .wide { overflow: visible; } }
        """;

    /// <summary>A content security policy that allows only the page's own style.</summary>
    public static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    public static string Write(Statement statement)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" " +
            "content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">");
        page.Append(CultureInfo.InvariantCulture, $"<title>Statement {statement.Month}</title><style>{Style}</style></head><body><main>");
        page.Append(CultureInfo.InvariantCulture,
            $"<h1>Statement {statement.Month}</h1><p>{Text(statement.Name ?? "Customer")}, account {statement.UserId}. ");
        page.Append(statement.IsFinal ? "Final: every hour of the month is decided."
            : "Provisional: the month still waits for what is listed as open.");
        page.Append(CultureInfo.InvariantCulture,
            $" Times are in UTC, amounts in {Text(statement.Currency)}; {statement.TokensPerCurrencyUnit} tokens are 1 " +
            $"{Text(statement.Currency)}.</p>");

        Table(page, "Sums", ["", ">Amount"],
        [
            ["Carried from the month before", Money6(statement.Opening)], ["Charges", Money6(statement.Totals.Charges)],
            ["Corrections", Money6(statement.Totals.Corrections)], ["DNS renewals", Money6(statement.Totals.DnsRenewals)],
            ["Taken from the wallet", Money6(statement.Totals.Debits)], ["Given back to the wallet", Money6(statement.Totals.Refunds)],
            ["Carried to the month after", Money6(statement.Closing)],
        ], endsInSum: true);
        Table(page, "Charges", ["Server", "From", "Until", ">Hours", ">Seconds", ">Price", "Cap", ">Amount"],
            statement.Charges.Select(line => new[]
        {
            line.Plan is null ? $"{line.ServerId}" : $"{line.ServerId} {line.Plan}", Instant(line.FromHour), Instant(line.UntilHour),
            Number(line.Hours), Number(line.Seconds),
            $"{Money.AllDecimals(line.Price).ToString(CultureInfo.InvariantCulture)} for {line.BasisHours} h", line.IsCapReached ? "reached"
                : line.IsMonthlyPrice ? "not reached" : "none", Money6(line.Amount),
        }));
        Table(page, "Corrections", ["Posted", "Server", "Hours", "Reason", ">Amount"], statement.Corrections.Select(line => new[]
        {
            Instant(line.At), $"{line.ServerId}", $"{Instant(line.FromHour)} to {Instant(line.UntilHour)}", line.Reason,
                Money6(line.Amount),
        }));
        Table(page, "DNS renewals", ["Renewed", "Subscription", "Period", ">Amount"], statement.DnsRenewals.Select(line => new[]
        {
            Instant(line.At), line.SubscriptionId, $"{Instant(line.PeriodStart)} to {Instant(line.PeriodEnd)}", Money6(line.Amount),
        }));
        Table(page, "Wallet", ["At", "What", ">Tokens", "Credit", ">Amount"], statement.Wallet.Select(line => new[]
        {
            Instant(line.At), line.Kind == "debit" ? "taken" : "given back", Number(line.Tokens), line.CreditId ?? "", Money6(line.Amount),
        }));
        Table(page, "Top-ups, which fill the wallet and are no part of the sums", ["At", "What", ">Tokens", "Credit", ">Paid"],
            statement.TopUps.Select(line => new[]
        {
            Instant(line.At), line.Kind == "top_up" ? $"top-up {line.TopUpId}" : $"top-up {line.TopUpId} taken back", Number(line.Tokens),
                line.CreditId ?? "", Money6(line.Amount),
        }));
        Table(page, "Open", ["Server", "From", "Until", "Why"], statement.Open.Select(line => new[]
        {
            $"{line.ServerId}", line.From is { } from ? Instant(from) : "", Instant(line.Until), line.Reason,
        }));
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">{Statement.NoInvoice}</p></main></body></html>");
        return page.ToString();
    }

    // A heading that begins with > belongs to a column of numbers.
    private static void Table(StringBuilder page, string title, string[] headings, IEnumerable<string[]> rows, bool endsInSum = false)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        string Class(int column) => headings[column].StartsWith('>') ? " class=\"n\"" : "";
        page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2><div class=\"wide\"><table><thead><tr>");
        for (var column = 0; column < headings.Length; column++)
            page.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\"{Class(column)}>{headings[column].TrimStart('>')}</th>");
        page.Append("</tr></thead><tbody>");
        foreach (var (index, row) in all.Index())
        {
            page.Append(endsInSum && index == all.Count - 1 ? "<tr class=\"sum\">" : "<tr>");
            for (var column = 0; column < row.Length; column++)
                page.Append(CultureInfo.InvariantCulture, $"<td{Class(column)}>{Text(row[column])}</td>");
            page.Append("</tr>");
        }
        page.Append("</tbody></table></div>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Instant(DateTime at) => at.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Money6(decimal amount) => Money.AllDecimals(amount).ToString(CultureInfo.InvariantCulture);
}
