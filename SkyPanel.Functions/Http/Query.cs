using System.Reflection;

namespace SkyPanel.Functions.Http;

/// <summary>Reads query parameters. An absent or empty one has the default of its type; an unknown, repeated or malformed one is
/// refused.</summary>
public static class Query
{
    private const int FirstYear = 1970, LastYear = 2999;

    private static readonly string[] InstantForms = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK",
        "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <exception cref="BadInputException">A parameter is unknown, repeated or malformed: a misspelt filter must not list all.</exception>
    public static T Read<T>(HttpRequest request) where T : new()
    {
        var properties = typeof(T).GetProperties().ToDictionary(Constraints.NameOf, StringComparer.OrdinalIgnoreCase);
        var read = new T();
        foreach (var (name, values) in request.Query)
        {
            if (!properties.TryGetValue(name, out var property))
                throw new BadInputException(name, properties.Count == 0 ? "is no parameter of this route: it has none"
                    : $"is no parameter of this route: {string.Join(", ", properties.Keys)} {(properties.Count == 1 ? "is" : "are")}");
            if (values.Count > 1)
                throw new BadInputException(Constraints.NameOf(property), "may be given once");
            if (values is [{ Length: > 0 } text])
                property.SetValue(read, Parse(text, property));
        }
        Constraints.Check(read);
        return read;
    }

    /// <exception cref="BadInputException">The text isn't an ISO 8601 time.</exception>
    public static DateTimeOffset ParseInstant(string text, string name) =>
        TryParseInstant(text, out var instant)
            ? instant : throw new BadInputException(name,
                $"must be an ISO 8601 time from {FirstYear} to {LastYear} such as 2026-03-01T12:00:00Z");

    /// <exception cref="BadInputException">The text isn't a full hour.</exception>
    public static DateTimeOffset ParseFullHour(string text, string name) =>
        TryParseInstant(text, out var hour) && hour.Ticks % TimeSpan.TicksPerHour == 0
            ? hour : throw new BadInputException(name, "must be a full hour such as 2026-03-01T12:00:00Z");

    // The range of years leaves room for calculations.
    private static bool TryParseInstant(string text, out DateTimeOffset instant) =>
        DateTimeOffset.TryParseExact(text, InstantForms, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant)
        && instant.Year is >= FirstYear and <= LastYear;

    private static object Parse(string text, PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(DateTimeOffset))
            return ParseInstant(text, Constraints.NameOf(property));
        if (type == typeof(string))
            return text;
        if (type == typeof(bool))
            return text switch { "true" => true, "false" => false, _ => throw new BadInputException(Constraints.NameOf(property),
                "must be true or false") };
        if (!StrictNumber.TryParse(text, out long number) || type == typeof(int) && number > int.MaxValue)
            throw new BadInputException(Constraints.NameOf(property), Constraints.Allowed(property));
        return type == typeof(int) ? (object)(int)number : number;
    }
}
