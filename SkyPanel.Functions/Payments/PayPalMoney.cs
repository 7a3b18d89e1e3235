namespace SkyPanel.Functions.Payments;

/// <summary>An amount in PayPal's format.</summary>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record PayPalMoney(string Currency, decimal Value)
{
    // These currencies have no decimals at PayPal; all others have two.
    private static readonly string[] WholeCurrencies = ["HUF", "JPY", "TWD"];

    /// <summary>Returns the number of decimals of a currency at PayPal.</summary>
    public static int DecimalsOf(string currency) => WholeCurrencies.Contains(currency) ? 0 : 2;

    /// <summary>Whether an amount has no more decimals than its currency.</summary>
    public bool IsExact => Value == decimal.Truncate(Value * Scale) / Scale;

    /// <summary>The value in the API's format.</summary>
    public string Text => Value.ToString(DecimalsOf(Currency) == 0 ? "0" : "0.00", CultureInfo.InvariantCulture);

    public override string ToString() => $"{Text} {Currency}";

    private int Scale => DecimalsOf(Currency) == 0 ? 1 : 100;
}
