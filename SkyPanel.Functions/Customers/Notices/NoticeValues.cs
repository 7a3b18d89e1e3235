using System.Globalization;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>What placeholders of templates stand for.</summary>
public static class NoticeValues
{
    private static readonly Dictionary<NoticeCause, string[]> Names = new()
    {
        [NoticeCause.Runway] = ["customer", "hours", "runs_out", "balance", "balance_tokens", "burn"],
        [NoticeCause.SuspensionDue] = ["customer", "due", "balance", "balance_tokens"],
        [NoticeCause.Suspended] = ["customer", "servers"],
        [NoticeCause.Resumed] = ["customer", "servers"],
        [NoticeCause.TopUpReceived] = ["customer", "amount", "tokens"],
        [NoticeCause.TopUpFailed] = ["customer", "amount", "tokens"],
        [NoticeCause.TakenBack] = ["customer", "amount", "tokens"],
        [NoticeCause.DebitHeld] = ["customer", "amount", "tokens"],
    };

    /// <summary>The placeholders that templates of a cause may have.</summary>
    public static IReadOnlyList<string> Allowed(NoticeCause cause) => Names[cause];

    /// <summary>Writes each value for people: amounts with their currency, times in UTC.</summary>
    public static Dictionary<string, string> Of(NoticeCause cause, NoticeFacts facts, DateTime createdAt, string customer, LedgerOptions ledger) =>
        Names[cause].ToDictionary(name => name, name => name switch
        {
            "customer" => ForeignText.Clean(customer),
            "hours" => $"{facts.Hours ?? 0}",
            "runs_out" => Instant(createdAt.AddHours(facts.Hours ?? 0)),
            "balance" => Balance(facts.Balance ?? 0, ledger),
            "balance_tokens" => Tokens(decimal.Floor((facts.Balance ?? 0) * ledger.TokensPerCurrencyUnit)),
            "burn" => ledger.Write(facts.Burn ?? 0),
            "due" => facts.DueAt is { } due ? Instant(due) : "",
            "servers" => string.Join(", ", facts.Servers ?? []),
            "amount" => ledger.Write(facts.Amount ?? 0),
            _ => Tokens(facts.Tokens ?? 0),
        });

    // In hundredths, and never more than there is.
    private static string Balance(decimal balance, LedgerOptions ledger)
    {
        var shown = decimal.Floor(balance * 100) / 100;
        return shown < 0 ? $"-{ledger.Write(-shown)}" : ledger.Write(shown);
    }

    private static string Instant(DateTime instant) => instant.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Tokens(decimal tokens) => tokens.ToString("#,0.######", CultureInfo.InvariantCulture);
}
