namespace SkyPanel.Functions.Dns;

/// <summary>The period of a renewal: a calendar month in UTC, <c>[Start, End)</c>.</summary>
/// <param name="AnchorDay">The day of the month on which periods begin, 1 to 31; in a shorter month its last day.</param>
public sealed record Period(DateTime Start, DateTime End, int AnchorDay)
{
    /// <summary>Returns the period that begins at <paramref name="start"/>. Its anchor is the stored one, else the day on which the
    /// subscription began, if that fits <paramref name="start"/>. Otherwise somebody has moved the date, and its day becomes the
    /// anchor.</summary>
    public static Period From(DateTime start, int? storedAnchorDay, int startedOnDay)
    {
        var anchor = storedAnchorDay is { } stored && Clipped(start, stored) == start.Day ? stored
            : Clipped(start, startedOnDay) == start.Day ? startedOnDay
            : start.Day;
        return OnAnchor(start, anchor);
    }

    /// <summary>Returns the period after this one.</summary>
    public Period Next() => OnAnchor(End, AnchorDay);

    /// <summary>Returns this period and later ones that have begun by <paramref name="cutoff"/>, at most <paramref name="max"/>.</summary>
    public IEnumerable<Period> BegunBy(DateTime cutoff, int max)
    {
        var period = this;
        for (var count = 0; count < max && period.Start <= cutoff; count++, period = period.Next())
            yield return period;
    }

    private static Period OnAnchor(DateTime start, int anchorDay)
    {
        var month = start.AddDays(1 - start.Day).AddMonths(1);
        return new(start, month.AddDays(Clipped(month, anchorDay) - 1), anchorDay);
    }

    private static int Clipped(DateTime month, int day) => Math.Min(day, DateTime.DaysInMonth(month.Year, month.Month));
}
