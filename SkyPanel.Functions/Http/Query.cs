using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Functions.Http;

/// <summary>Reads query parameters: absent or empty is what the type has by default, and what can't be read is the caller's mistake.</summary>
public static class Query
{
    private const int FirstYear = 1970, LastYear = 2999;

    private static readonly string[] InstantForms = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <exception cref="BadInputException">One isn't known, for a filter that is misspelt must not list everything; or isn't as it must be.</exception>
    public static T Read<T>(HttpRequest request) where T : new()
    {
        var properties = typeof(T).GetProperties().ToDictionary(Constraints.NameOf, StringComparer.OrdinalIgnoreCase);
        var read = new T();
        foreach (var (name, values) in request.Query)
        {
            if (!properties.TryGetValue(name, out var property))
                throw new BadInputException(name, $"is no parameter of this route: {string.Join(", ", properties.Keys)} {(properties.Count == 1 ? "is" : "are")}");
            if (values is [{ Length: > 0 } text, ..])
                property.SetValue(read, Parse(text, property));
        }
        Constraints.Check(read);
        return read;
    }

    // Nothing of ours was before or is after, and there is room to reckon on both sides.
    public static DateTimeOffset ParseInstant(string text, string name) =>
        DateTimeOffset.TryParseExact(text, InstantForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
        && instant.Year is >= FirstYear and <= LastYear
            ? instant : throw new BadInputException(name, $"must be an ISO 8601 time from {FirstYear} to {LastYear} such as 2026-03-01T12:00:00Z");

    /// <exception cref="BadInputException">The text isn't a full hour.</exception>
    public static DateTimeOffset ParseFullHour(string text, string name) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var hour) && hour.Ticks % TimeSpan.TicksPerHour == 0
            ? hour : throw new BadInputException(name, "must be a full hour such as 2026-03-01T12:00:00Z");

    private static object Parse(string text, PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(DateTimeOffset))
            return ParseInstant(text, Constraints.NameOf(property));
        if (type == typeof(string))
            return text;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || type == typeof(int) && number > int.MaxValue)
            throw new BadInputException(Constraints.NameOf(property), Constraints.Allowed(property));
        return type == typeof(int) ? (object)(int)number : number;
    }
}
