using NCrontab;

namespace SkyPanel.Functions.Scheduling;

/// <summary>When runs start: an NCrontab expression of five fields (minute first) or six (second first), the Functions host's own
/// engine, read in a time zone.</summary>
public sealed class Schedule
{
    public const string Default = "0 * * * *";
    public const int MaxLength = 100;

    private readonly CrontabSchedule _crontab;
    private readonly TimeZoneInfo _timeZone;

    private Schedule(string expression, CrontabSchedule crontab, TimeZoneInfo timeZone) =>
        (Expression, _crontab, _timeZone) = (expression, crontab, timeZone);

    public string Expression { get; }
    public string TimeZone => _timeZone.Id;

    /// <exception cref="ScheduleException">Says which of the two is wrong, and what is allowed.</exception>
    public static Schedule Parse(string? expression, string? timeZone = "UTC")
    {
        var fields = (expression ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length is not (5 or 6) || expression!.Length > MaxLength)
            throw new ScheduleException("schedule", $"'{expression}' has {fields.Length} fields: 5 (minute hour day month weekday) or 6 (second first) are allowed, {MaxLength} characters at most");
        var crontab = CrontabSchedule.TryParse(string.Join(' ', fields), new() { IncludingSeconds = fields.Length == 6 }, parsed => parsed,
            error => throw new ScheduleException("schedule", $"'{expression}': {error().Message}"));
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone ?? "", out var zone))
            throw new ScheduleException("timeZone", $"'{timeZone}' is not a time zone of this machine: an IANA name such as UTC or Europe/Berlin is allowed");
        // 30 February never comes; 29 February does.
        if (crontab.GetNextOccurrence(new DateTime(2000, 1, 1)) == DateTime.MaxValue)
            throw new ScheduleException("schedule", $"'{expression}' never occurs");
        return new(string.Join(' ', fields), crontab, zone);
    }

    /// <summary>The first occurrence after an instant; null when there is none within the next eight years (as of 30 February).</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => Occurrences(after, after.AddYears(8)).Select(o => (DateTimeOffset?)o).FirstOrDefault();

    /// <summary>The latest occurrence after one instant and up to another, and how many there are: older ones coalesce into it.</summary>
    public (DateTimeOffset Latest, int Count)? Due(DateTimeOffset after, DateTimeOffset until)
    {
        (DateTimeOffset Latest, int Count)? due = null;
        foreach (var occurrence in Occurrences(after, until))
            due = (occurrence, (due?.Count ?? 0) + 1);
        return due;
    }

    /// <summary>Occurrences after the first instant, up to and including the second. A wall time that a zone skips happens when its clock
    /// jumps; one that it repeats happens the first time.</summary>
    public IEnumerable<DateTimeOffset> Occurrences(DateTimeOffset after, DateTimeOffset until)
    {
        var from = TimeZoneInfo.ConvertTime(after, _timeZone).DateTime.AddHours(-1);
        var to = TimeZoneInfo.ConvertTime(until, _timeZone).DateTime.AddHours(1);
        return _crontab.GetNextOccurrences(from, to).Select(ToUtc).Distinct().Where(o => o > after && o <= until);
    }

    private DateTimeOffset ToUtc(DateTime wallTime)
    {
        if (_timeZone.IsInvalidTime(wallTime))
        {
            var jump = wallTime;
            while (_timeZone.IsInvalidTime(jump))
                jump = jump.AddMinutes(1);
            wallTime = jump.Date + new TimeSpan(jump.Hour, jump.Minute, 0);
        }
        var offset = _timeZone.IsAmbiguousTime(wallTime) ? _timeZone.GetAmbiguousTimeOffsets(wallTime).Max() : _timeZone.GetUtcOffset(wallTime);
        return new DateTimeOffset(wallTime, offset).ToUniversalTime();
    }
}
