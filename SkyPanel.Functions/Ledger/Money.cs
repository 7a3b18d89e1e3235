namespace SkyPanel.Functions.Ledger;

/// <summary>Amounts are <see cref="decimal"/> in the panel's currency at six decimals, stored as <c>numeric(18,6)</c>.</summary>
public static class Money
{
    public const int Decimals = 6;

    /// <summary>Six decimals, half away from zero: the one place in C# that rounds money. Its twin in SQL is
    /// <c>cron_service.round6</c>; a property test holds the two together.</summary>
    public static decimal Round6(decimal amount) => decimal.Round(amount, Decimals, MidpointRounding.AwayFromZero);

    /// <summary>The same amount with all its decimals, as the database writes it: 0 is 0.000000, wherever it came from.</summary>
    public static decimal AllDecimals(decimal amount) => amount + 0.000000m;
}
