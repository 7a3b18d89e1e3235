using NCrontab;

namespace SkyPanel.LocalHost;

/// <summary>An NCRONTAB schedule in a time zone, interpreted as by the Functions host.</summary>
public sealed class TimerSchedule
{
    public const string Allowed = "NCRONTAB with five fields (minute first) or six (second first), such as '0 * * * *'";

    private readonly CrontabSchedule _crontab;
    private readonly bool _isInterval;

    private TimerSchedule(string expression, CrontabSchedule crontab, string[] fields)
    {
        (Expression, _crontab) = (expression, crontab);
        // A schedule with repeating hours, minutes or seconds is an interval; any other names points in time.
        _isInterval = fields[..^3].Any(field => field.AsSpan().ContainsAny('*', '-', '/'));
    }

    /// <summary>The original text.</summary>
    public string Expression { get; }

    /// <exception cref="FormatException">The text isn't a schedule. The message is the end of a sentence.</exception>
    public static TimerSchedule Parse(string expression)
    {
        var fields = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
            throw new FormatException("doesn't have five or six fields");
        try
        {
            var crontab = CrontabSchedule.Parse(expression, new() { IncludingSeconds = fields.Length == 6 });
            // Long enough for 29 February. 30 February never occurs.
            if (crontab.GetNextOccurrence(new DateTime(2000, 1, 1)) == DateTime.MaxValue)
                throw new FormatException("never occurs");
            return new(expression, crontab, fields);
        }
        catch (CrontabException exception)
        {
            throw new FormatException($"can't be read ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    /// <returns>The first occurrence after the instant. When the clocks go forward, occurrences in the gap move to its end. When
    /// they go back, intervals occur in both hours, points in time only in the first.</returns>
    public DateTimeOffset NextAfter(DateTimeOffset instant, TimeZoneInfo zone)
    {
        var now = TimeZoneInfo.ConvertTime(instant, zone);
        return _isInterval ? NextInterval(now, zone) : NextPoint(now, zone);
    }

    private DateTimeOffset NextPoint(DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = now.DateTime;
        while (true)
        {
            local = _crontab.GetNextOccurrence(local);
            var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
            var next = new DateTimeOffset(local, offset);
            if (next > now)
                return TimeZoneInfo.ConvertTime(next, zone);
        }
    }

    private DateTimeOffset NextInterval(DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = _crontab.GetNextOccurrence(now.DateTime);
        // An ambiguous time gets the offset of its second occurrence, which is an hour too late for the first.
        var next = TimeZoneInfo.ConvertTime(new DateTimeOffset(local, zone.GetUtcOffset(local)), zone);
        return zone.IsAmbiguousTime(now) || zone.IsAmbiguousTime(next)
            ? TimeZoneInfo.ConvertTime(next + (next.Offset - now.Offset), zone)
            : next;
    }
}
