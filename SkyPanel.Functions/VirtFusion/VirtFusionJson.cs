using System.Globalization;
using System.Text.Json;
using SkyPanel.Functions.Parsing;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>Reads values as VirtFusion writes them: a PHP service, so numbers come as strings and truths as 0 and 1. Each
/// method answers null for a value that is absent or isn't one; none guesses.</summary>
internal static class VirtFusionJson
{
    public static JsonElement? Field(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    public static string? Text(this JsonElement element, string name)
    {
        if (element.Field(name) is not { ValueKind: JsonValueKind.String } value)
            return null;

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair: valid JSON, but no text.
        }
    }

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

    /// <summary>Exact: the digits as they stand in the JSON, a number or a string, never through a binary fraction.</summary>
    public static decimal? Decimal(this JsonElement element, string name) => element.Field(name) switch
    {
        { ValueKind: JsonValueKind.Number } value when value.TryGetDecimal(out var number) => number,
        { ValueKind: JsonValueKind.String } when StrictNumber.TryParseJson(element.Text(name), out var number) => number,
        _ => null,
    };

    /// <summary>A decimal in a place where VirtFusion is known to write <c>false</c> for none.</summary>
    public static decimal? Count(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.False } ? 0m : element.Decimal(name);

    /// <summary>An id as text, whether it is written as a number or as a string.</summary>
    public static string? Id(this JsonElement element, string name) => element.Field(name) switch
    {
        { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
        { ValueKind: JsonValueKind.String } => element.Text(name) is { Length: > 0 } text ? text : null,
        _ => null,
    };

    /// <summary>An instant in ISO 8601, with a <c>T</c> or a space; one written without a zone is UTC.</summary>
    public static DateTimeOffset? Instant(this JsonElement element, string name) =>
        // Without the date in front, .NET would read "10:30" as half past ten today.
        element.Text(name) is { Length: >= 19 } text && text[4] == '-' && text[10] is 'T' or ' '
        && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            ? instant
            : null;
}
