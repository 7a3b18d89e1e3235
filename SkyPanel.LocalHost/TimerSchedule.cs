using NCrontab;

namespace SkyPanel.LocalHost;

/// <summary>An NCRONTAB schedule, read in a time zone as the Functions host reads it.</summary>
public sealed class TimerSchedule
{
    public const string Allowed = "NCRONTAB with five fields (minute first) or six (second first), such as '0 * * * *'";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly CrontabSchedule _crontab;
    private readonly bool _isInterval;

    private TimerSchedule(string expression, CrontabSchedule crontab, string[] fields)
    {
        (Expression, _crontab) = (expression, crontab);
        // It repeats within the day when its hours, minutes or seconds do; otherwise it names points in time.
        _isInterval = fields[..^3].Any(field => field.AsSpan().ContainsAny('*', '-', '/'));
        IsMonitored = fields.Length == 5 || fields[1..].Any(field => field != "*") || !WithinMinutes();
    }

    /// <summary>As it was given.</summary>
    public string Expression { get; }

    /// <summary>Whether the status outlives the process. Not for a schedule that fires more than once in every minute.</summary>
    public bool IsMonitored { get; }

    /// <exception cref="FormatException">It isn't a schedule; the message says why, as the end of a sentence.</exception>
    public static TimerSchedule Parse(string expression)
    {
        var fields = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
            throw new FormatException("doesn't have five or six fields");
        try
        {
            var crontab = CrontabSchedule.Parse(expression, new() { IncludingSeconds = fields.Length == 6 });
            // 30 February never comes; 29 February does.
            if (crontab.GetNextOccurrence(new DateTime(2000, 1, 1)) == DateTime.MaxValue)
                throw new FormatException("never occurs");
            return new(expression, crontab, fields);
        }
        catch (CrontabException exception)
        {
            throw new FormatException($"can't be read ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    /// <returns>The first occurrence after the instant. When the clocks go forward, what falls into the gap comes after it;
    /// when they go back, intervals run through both hours and points in time only once, in the first.</returns>
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
        // The offset of a time that comes twice is that of its second coming, so one that crosses over is an hour too late.
        var next = TimeZoneInfo.ConvertTime(new DateTimeOffset(local, zone.GetUtcOffset(local)), zone);
        return zone.IsAmbiguousTime(now) || zone.IsAmbiguousTime(next)
            ? TimeZoneInfo.ConvertTime(next + (next.Offset - now.Offset), zone)
            : next;
    }

    private bool WithinMinutes()
    {
        var first = _crontab.GetNextOccurrence(new DateTime(2000, 1, 1));
        return _crontab.GetNextOccurrence(first) - first < Minute;
    }
}
