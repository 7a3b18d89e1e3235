using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Functions.Admin;

/// <summary>Reads query parameters: absent is null, and what can't be read is the caller's mistake.</summary>
public static class Query
{
    private static readonly string[] InstantForms = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <summary>Refuses a parameter that isn't known: a filter that is misspelt must not list everything.</summary>
    public static void Only(IQueryCollection query, params string[] known)
    {
        if (query.Keys.FirstOrDefault(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } other)
            throw new BadInputException(other, $"is no parameter of this route: {string.Join(", ", known)} {(known.Length == 1 ? "is" : "are")}");
    }

    public static string? Text(IQueryCollection query, string name, int longest) => query[name].FirstOrDefault() switch
    {
        null or "" => null,
        var text when text.Length <= longest && !text.Contains('\0', StringComparison.Ordinal) => text,
        _ => throw new BadInputException(name, $"may have {longest} characters at most, none of them zero"),
    };

    public static long? Number(IQueryCollection query, string name, long least, long most) => query[name].FirstOrDefault() switch
    {
        null or "" => null,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most => number,
        _ => throw new BadInputException(name, $"must be an integer from {least} to {most}"),
    };

    public static string? OneOf(IQueryCollection query, string name, string[] allowed) => query[name].FirstOrDefault() switch
    {
        null or "" => null,
        var text when allowed.Contains(text) => text,
        _ => throw new BadInputException(name, $"must be one of {string.Join(", ", allowed)}"),
    };

    public static DateTimeOffset? Instant(IQueryCollection query, string name) => query[name].FirstOrDefault() switch
    {
        null or "" => null,
        var text => ParseInstant(text, name),
    };

    public static DateTimeOffset ParseInstant(string text, string name) =>
        DateTimeOffset.TryParseExact(text, InstantForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            ? instant : throw new BadInputException(name, "must be an ISO 8601 time such as 2026-03-01T12:00:00Z");

    /// <summary>A calendar month as its first instant; the current one when absent.</summary>
    public static DateTime Month(IQueryCollection query, DateTimeOffset now) => query["month"].FirstOrDefault() switch
    {
        null or "" => new(now.Year, now.Month, 1, 0, 0, 0, DateTimeKind.Utc),
        var text when DateTime.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var month) => month,
        _ => throw new BadInputException("month", "must be a month such as 2026-03"),
    };
}
