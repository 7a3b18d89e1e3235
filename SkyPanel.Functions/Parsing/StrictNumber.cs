using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Parsing;

/// <summary>Parses numbers from outside: ASCII digits, decimals after a point, a minus sign before a decimal. Refuses plus signs, spaces,
/// thousands separators and everything else that .NET would skip or guess.</summary>
public static partial class StrictNumber
{
    private const NumberStyles Plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;

    /// <summary>Parses a whole number without a sign, such as an id or a count.</summary>
    public static bool TryParse(string? text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <inheritdoc cref="TryParse(string?, out int)"/>
    public static bool TryParse(string? text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>Parses a whole number that may be negative.</summary>
    public static bool TryParseSigned(string? text, out int number)
    {
        number = 0;
        return text is not null && Whole().IsMatch(text)
            && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Parses a decimal number of at most 28 digits, which a <see cref="decimal"/> holds exactly.</summary>
    public static bool TryParse(string? text, out decimal number)
    {
        number = 0;
        return text is not null && Decimal().IsMatch(text)
            && decimal.TryParse(text, Plain, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Parses a number as JSON writes it: a decimal number that may have an exponent.</summary>
    public static bool TryParseJson(string? text, out decimal number)
    {
        number = 0;
        return text is not null && Json().IsMatch(text)
            && decimal.TryParse(text, Plain | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number);
    }

    [GeneratedRegex(@"^-?[0-9]+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"^-?(?=[0-9.]{1,29}\z)(?![0-9]{29})[0-9]+(\.[0-9]+)?\z")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\z")]
    private static partial Regex Json();
}
