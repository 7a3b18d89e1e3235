using NCrontab;

namespace SkyPanel.Functions.Scheduling;

/// <summary>A schedule of runs: an NCrontab expression of five fields (minute first) or six (second first), as in the Functions host, in a
/// time zone.</summary>
public sealed class Schedule
{
    public const string Default = "0 * * * *";
    public const int MaxLength = 100;

    /// <summary>The maximum number of occurrences to count.</summary>
    public const int MaxCounted = 10_000;

    // The rarest occurrence is 29 February on a given weekday, across a century without a leap day.
    private const int MaxGapInYears = 41;

    private readonly ZonedOccurrences _occurrences;

    private Schedule(string expression, string timeZone, ZonedOccurrences occurrences, string[] warnings) =>
        (Expression, TimeZone, _occurrences, Warnings) = (expression, timeZone, occurrences, warnings);

    public string Expression { get; }
    public string TimeZone { get; }

    /// <summary>A warning about a possible misunderstanding.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <exception cref="ScheduleException">The expression or the time zone is invalid. The message names it, the field and the allowed
    /// values.</exception>
    public static Schedule Parse(string? expression, string? timeZone = "UTC")
    {
        var fields = (expression ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length is not (5 or 6) || expression!.Length > MaxLength)
        {
            var shown = expression is { Length: > MaxLength } ? $"{expression[..MaxLength]}…" : expression;
            throw new ScheduleException("schedule",
                $"'{shown}' has {fields.Length} fields: 5 (minute hour day month weekday) or 6 (second first) are allowed, {MaxLength} " +
                $"characters at most");
        }
        ScheduleFields.Check(expression, fields);
        var crontab = CrontabSchedule.TryParse(string.Join(' ', fields), new() { IncludingSeconds = fields.Length == 6 }, parsed => parsed,
            error => throw new ScheduleException("schedule", $"'{expression}': {error().Message.TrimEnd('.')}"));
        // Long enough for 29 February. 30 February never occurs.
        if (crontab.GetNextOccurrence(new DateTime(2000, 1, 1)) == DateTime.MaxValue)
            throw new ScheduleException("schedule", $"'{expression}' never occurs");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone ?? "", out var zone))
            throw new ScheduleException("timeZone",
                $"'{timeZone}' is not a time zone of this machine: an IANA name such as UTC or Europe/Berlin is allowed");
        return new(string.Join(' ', fields), zone.Id, new(crontab, zone, fields[^4].StartsWith('*')),
            [.. ScheduleFields.Warnings(fields, crontab)]);
    }

    /// <summary>Parses a stored schedule leniently: returns the usable part and what is wrong with the rest. With an unknown zone the
    /// expression is used in UTC.</summary>
    public static (Schedule Schedule, string? Problem) OfStored(string expression, string timeZone, string fallback)
    {
        try
        {
            return (Parse(expression, timeZone), null);
        }
        catch (ScheduleException e)
        {
            return (Parse(e.Field == "timeZone" ? expression : fallback), e.Message);
        }
    }

    /// <summary>The first occurrence after an instant.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => Next(after, 1).Select(o => (DateTimeOffset?)o).FirstOrDefault();

    /// <summary>The next occurrences after an instant, however rare they are.</summary>
    public IEnumerable<DateTimeOffset> Next(DateTimeOffset after, int count) =>
        Occurrences(after, after.AddYears(count * MaxGapInYears)).Take(count);

    /// <summary>The latest occurrence after one instant and up to another, and their number: older ones coalesce into it. The work is
    /// bounded: the latest is found by bisection, and no more than <see cref="MaxCounted"/> are counted.</summary>
    public (DateTimeOffset Latest, int Count)? Due(DateTimeOffset after, DateTimeOffset until)
    {
        var count = Occurrences(after, until).Take(MaxCounted).Count();
        if (count == 0)
            return null;
        if (count < MaxCounted)
            return (Occurrences(after, until).Last(), count);

        var (has, hasNone) = (after, until);
        while (hasNone - has > TimeSpan.FromSeconds(1))
        {
            var middle = has + (hasNone - has) / 2;
            (has, hasNone) = Occurrences(middle, until).Any() ? (middle, hasNone) : (has, middle);
        }
        return (Occurrences(has, until).Last(), count);
    }

    /// <summary>Occurrences after the first instant, up to and including the second, in order. Where clocks change, see
    /// <see cref="ZonedOccurrences"/>.</summary>
    public IEnumerable<DateTimeOffset> Occurrences(DateTimeOffset after, DateTimeOffset until) => _occurrences.Between(after, until);
}
