namespace SkyPanel.Functions.Parsing;

/// <summary>A calendar month (UTC).</summary>
public sealed record CalendarMonth(DateTime Begin)
{
    public const string Pattern = "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$";
    public const string Allowed = "must be a month as YYYY-MM, such as 2026-03";

    private const string Form = "yyyy-MM";

    public DateTime End => Begin.AddMonths(1);

    /// <summary>The month as <c>2026-03</c>.</summary>
    public string Text => Begin.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>Returns the month of a time.</summary>
    public static CalendarMonth Of(DateTimeOffset time) =>
        new(new DateTime(time.UtcDateTime.Year, time.UtcDateTime.Month, 1, 0, 0, 0, DateTimeKind.Utc));

    /// <returns>Null when the text isn't a month such as <c>2026-03</c>.</returns>
    public static CalendarMonth? Parse(string text) =>
        DateTime.TryParseExact(text, Form, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var begin) ? new(begin) : null;

    /// <param name="text">A text that has the <see cref="Pattern"/>; null for the month of now.</param>
    public static CalendarMonth Parse(string? text, DateTimeOffset now) => text is null ? Of(now) : Parse(text)!;
}
