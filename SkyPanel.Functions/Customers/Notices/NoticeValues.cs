using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>The values of the placeholders in templates.</summary>
public static class NoticeValues
{
    private static readonly Dictionary<NoticeCause, string[]> Names = new()
    {
        [NoticeCause.Runway] = ["customer", "hours", "runs_out", "balance", "balance_tokens", "credit", "burn", "link"],
        [NoticeCause.SuspensionDue] = ["customer", "due", "balance", "balance_tokens", "credit", "link"],
        [NoticeCause.Suspended] = ["customer", "servers", "link"],
        [NoticeCause.Resumed] = ["customer", "servers", "link"],
        [NoticeCause.TopUpReceived] = ["customer", "amount", "tokens", "link"],
        [NoticeCause.TopUpFailed] = ["customer", "amount", "tokens", "link"],
        [NoticeCause.TakenBack] = ["customer", "amount", "tokens", "link"],
        [NoticeCause.DebitHeld] = ["customer", "amount", "tokens", "link"],
    };

    /// <summary>Returns the placeholders allowed in templates of a cause.</summary>
    public static IReadOnlyList<string> Allowed(NoticeCause cause) => Names[cause];

    /// <summary>Formats each value for people: amounts with their currency, times in UTC.</summary>
    /// <param name="link">The address of the customer's own page; null when there is no link.</param>
    public static Dictionary<string, string> Of(NoticeCause cause, NoticeFacts facts, DateTime createdAt, string customer,
        LedgerOptions ledger, string? link = null) =>
        Names[cause].ToDictionary(name => name, name => name switch
        {
            "customer" => ForeignText.Clean(customer),
            "hours" => $"{facts.Hours ?? 0}",
            "runs_out" => Instant(createdAt.AddHours(facts.Hours ?? 0)),
            "balance" => Balance(facts.Balance ?? 0, ledger),
            "balance_tokens" => Tokens(decimal.Floor((facts.Balance ?? 0) * ledger.TokensPerCurrencyUnit)),
            "credit" => facts.CreditLimit is { } limit ? $" with a credit limit of {ledger.Write(limit)}" : "",
            "burn" => ledger.Write(facts.Burn ?? 0),
            "due" => facts.DueAt is { } due ? Instant(due) : "",
            "servers" => string.Join(", ", facts.Servers ?? []),
            "link" => link ?? "in the panel",
            "amount" => ledger.Write(facts.Amount ?? 0),
            _ => Tokens(facts.Tokens ?? 0),
        });

    // Rounds down to hundredths.
    private static string Balance(decimal balance, LedgerOptions ledger) => ledger.Write(decimal.Floor(balance * 100) / 100);

    private static string Instant(DateTime instant) => instant.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Tokens(decimal tokens) => tokens.ToString("#,0.######", CultureInfo.InvariantCulture);
}
