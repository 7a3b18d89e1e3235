using System.Globalization;

namespace SkyPanel.Functions.Payments;

/// <summary>An amount as PayPal counts it.</summary>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record PayPalMoney(string Currency, decimal Value)
{
    // PayPal takes no decimals in these; in every other currency two.
    private static readonly string[] WholeCurrencies = ["HUF", "JPY", "TWD"];

    /// <summary>How many decimals PayPal takes in a currency.</summary>
    public static int DecimalsOf(string currency) => WholeCurrencies.Contains(currency) ? 0 : 2;

    /// <summary>Whether an amount has no more decimals than its currency.</summary>
    public bool IsExact => Value == decimal.Truncate(Value * Scale) / Scale;

    /// <summary>As the API writes it.</summary>
    public string Text => Value.ToString(DecimalsOf(Currency) == 0 ? "0" : "0.00", CultureInfo.InvariantCulture);

    public override string ToString() => $"{Text} {Currency}";

    private int Scale => DecimalsOf(Currency) == 0 ? 1 : 100;
}
