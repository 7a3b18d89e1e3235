namespace SkyPanel.Functions.Http;

/// <summary>Reads ids from a route. A malformed id is answered like an unknown one, with 404.</summary>
public static class RouteValue
{
    /// <exception cref="NotFoundException">The text isn't a whole number without a sign.</exception>
    public static int Id(string text, string what) => StrictNumber.TryParse(text, out int id) ? id : throw Malformed(what);

    /// <exception cref="NotFoundException">The text isn't a whole number without a sign.</exception>
    public static long LongId(string text, string what) => StrictNumber.TryParse(text, out long id) ? id : throw Malformed(what);

    private static NotFoundException Malformed(string what) => new($"There is no such {what}: its id is a whole number without a sign.");
}
