namespace SkyPanel.Functions.Payments;

/// <summary>Reads values of PayPal's JSON; null when a value is absent or invalid.</summary>
internal static class PayPalJson
{
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static int? Count(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : null;

    public static DateTimeOffset? Instant(this JsonElement element, string name) =>
        DateTimeOffset.TryParse(element.Text(name), CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;

    /// <summary>Reads an amount with its currency; PayPal writes the value as a string.</summary>
    public static PayPalMoney? Money(this JsonElement element, string name) =>
        element.Field(name) is { } money && money.Text("currency_code") is { } currency
        && decimal.TryParse(money.Text("value"), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var value)
            ? new(currency, value) : null;
}
