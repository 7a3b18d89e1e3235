namespace SkyPanel.Functions.Dns;

/// <summary>What a renewal pays for: a calendar month in UTC, <c>[Start, End)</c>.</summary>
/// <param name="AnchorDay">The day of the month on which periods begin, 1 to 31; a month that is shorter begins one on its last
/// day.</param>
public sealed record Period(DateTime Start, DateTime End, int AnchorDay)
{
    /// <summary>The period that begins at <paramref name="start"/>. Its anchor is the kept one, else the day on which the subscription
    /// began, if periods on that day begin at <paramref name="start"/>; else somebody has moved it, and the day of <paramref name="start"/>
    /// counts from now on.</summary>
    public static Period From(DateTime start, int? keptAnchorDay, int startedOnDay)
    {
        var anchor = keptAnchorDay is { } kept && Clipped(start, kept) == start.Day ? kept
            : Clipped(start, startedOnDay) == start.Day ? startedOnDay
            : start.Day;
        return OnAnchor(start, anchor);
    }

    /// <summary>The period after this one.</summary>
    public Period Next() => OnAnchor(End, AnchorDay);

    /// <summary>This one and those after it that have begun by <paramref name="cutoff"/>; the first <paramref name="most"/> of
    /// them.</summary>
    public IEnumerable<Period> Begun(DateTime cutoff, int most)
    {
        var period = this;
        for (var count = 0; count < most && period.Start <= cutoff; count++, period = period.Next())
            yield return period;
    }

    private static Period OnAnchor(DateTime start, int anchorDay)
    {
        var month = start.AddDays(1 - start.Day).AddMonths(1);
        return new(start, month.AddDays(Clipped(month, anchorDay) - 1), anchorDay);
    }

    private static int Clipped(DateTime month, int day) => Math.Min(day, DateTime.DaysInMonth(month.Year, month.Month));
}
