namespace SkyPanel.Functions.VirtFusion;

/// <summary>Reads values as VirtFusion, a PHP service, writes them: numbers may be strings and booleans 0 or 1. Each method returns null
/// for an absent or invalid value.</summary>
internal static class VirtFusionJson
{
    public static int? Int(this JsonElement element, string name) => element.Field(name) switch
    {
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) => number,
        { ValueKind: JsonValueKind.String } when StrictNumber.TryParseSigned(element.Text(name), out var number) => number,
        _ => null,
    };

    public static bool? Bool(this JsonElement element, string name) => element.Field(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) && number is 0 or 1 => number == 1,
        { ValueKind: JsonValueKind.String } => element.Text(name) switch { "1" or "true" => true, "0" or "false" => false, _ => null },
        _ => null,
    };

    /// <summary>Reads a number or a string exactly, never through a binary fraction.</summary>
    public static decimal? Decimal(this JsonElement element, string name) => element.Field(name) switch
    {
        { ValueKind: JsonValueKind.Number } value when value.TryGetDecimal(out var number) => number,
        { ValueKind: JsonValueKind.String } when StrictNumber.TryParseJson(element.Text(name), out var number) => number,
        _ => null,
    };

    /// <summary>Reads a decimal for which VirtFusion may write <c>false</c> instead of 0.</summary>
    public static decimal? Count(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.False } ? 0m : element.Decimal(name);

    /// <summary>Reads an id as text, written as a number or as a string.</summary>
    public static string? Id(this JsonElement element, string name) => element.Field(name) switch
    {
        { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
        { ValueKind: JsonValueKind.String } => element.Text(name),
        _ => null,
    };

    /// <summary>Reads an instant in ISO 8601, with a <c>T</c> or a space, and in UTC without a zone.</summary>
    public static DateTimeOffset? Instant(this JsonElement element, string name) =>
        // .NET would read "10:30" as a time of today.
        element.Text(name) is { Length: >= 19 } text && text[4] == '-' && text[10] is 'T' or ' '
        && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            ? instant
            : null;
}
