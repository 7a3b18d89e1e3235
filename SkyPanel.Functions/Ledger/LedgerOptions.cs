namespace SkyPanel.Functions.Ledger;

/// <summary>Section <c>Billing</c>: the unit of the wallets. Checked at start.</summary>
public sealed class LedgerOptions : IValidatableObject
{
    private const int SmallestAmountsPerUnit = 1_000_000;

    /// <summary>Tokens that one unit of currency buys in a VirtFusion wallet. A divisor of 1,000,000, so that a token is
    /// an exact amount at six decimals. Default: 100.</summary>
    public int TokensPerCurrencyUnit { get; set; } = 100;

    /// <summary>ISO 4217 code of the panel's currency. Default: USD.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>Formats an amount with two to six decimals: <c>-$45.67</c>, <c>45.67 EUR</c>.</summary>
    public string Write(decimal amount) => Currency == "USD"
        ? amount.ToString("$0.00####;-$0.00####", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{amount:0.00####} {Currency}");

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TokensPerCurrencyUnit < 1 || SmallestAmountsPerUnit % TokensPerCurrencyUnit != 0)
            yield return new($"Billing:TokensPerCurrencyUnit '{TokensPerCurrencyUnit}' must be a divisor of 1000000 such as 1, 10, 100, " +
                $"1000: "
                + "a token must be an exact amount at six decimals.", [nameof(TokensPerCurrencyUnit)]);
        if (Currency.Length != 3 || !Currency.All(char.IsAsciiLetterUpper))
            yield return new($"Billing:Currency '{Currency}' must be three capital letters such as USD.", [nameof(Currency)]);
    }
}
