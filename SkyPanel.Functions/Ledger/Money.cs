namespace SkyPanel.Functions.Ledger;

/// <summary>Rounds amounts: <see cref="decimal"/> in the panel's currency with six decimals, stored as <c>numeric(18,6)</c>.</summary>
public static class Money
{
    public const int Decimals = 6;

    /// <summary>Rounds to six decimals, half away from zero. No other C# code rounds money; the equivalent in SQL is
    /// <c>cron_service.round6</c>.</summary>
    public static decimal Round6(decimal amount) => decimal.Round(amount, Decimals, MidpointRounding.AwayFromZero);

    /// <summary>Returns the amount with six decimals, as the database writes it: 0 is 0.000000.</summary>
    public static decimal AllDecimals(decimal amount) => amount + 0.000000m;
}
