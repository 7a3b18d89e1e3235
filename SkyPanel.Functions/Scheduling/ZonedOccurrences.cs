using NCrontab;

namespace SkyPanel.Functions.Scheduling;

/// <summary>Computes the instants of a cron expression in a time zone with daylight saving time.</summary>
/// <remarks>An expression for every hour (its hour is * or a step of it) has no occurrence in a skipped hour, and occurs in both of a
/// repeated one. An expression that names hours occurs once a day: at the jump if its wall time is skipped, the first time if it is
/// repeated.</remarks>
internal sealed class ZonedOccurrences(CrontabSchedule crontab, TimeZoneInfo zone, bool isEveryHour)
{
    /// <returns>The occurrences after the first instant, up to and including the second, in order.</returns>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset after, DateTimeOffset until) =>
        isEveryHour ? Passing(after, until) : Named(after, until);

    private IEnumerable<DateTimeOffset> Named(DateTimeOffset after, DateTimeOffset until)
    {
        var from = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        // A wall time in a repeated hour may be earlier than the previous one.
        var to = TimeZoneInfo.ConvertTime(until, zone).DateTime.AddHours(2);
        return crontab.GetNextOccurrences(from, to).Select(ToUtc).Distinct().Where(o => o > after && o <= until);
    }

    private IEnumerable<DateTimeOffset> Passing(DateTimeOffset after, DateTimeOffset until)
    {
        // Interprets wall times in the offset from this instant on.
        var (at, offset) = (after, zone.GetUtcOffset(after));
        while (true)
        {
            var wall = crontab.GetNextOccurrence((at.UtcDateTime + offset));
            if (wall >= DateTime.MaxValue.AddDays(-2))
                yield break;
            var next = new DateTimeOffset(DateTime.SpecifyKind(wall - offset, DateTimeKind.Utc));
            if (zone.GetUtcOffset(next) != offset)
            {
                var change = Change(at, next, offset);
                (at, offset) = (change.AddTicks(-1), zone.GetUtcOffset(change));
                if (at >= until)
                    yield break;
                continue;
            }
            if (next > until)
                yield break;
            yield return at = next;
        }
    }

    /// <returns>The end of an offset, to the second: after the first instant, at the second at the latest.</returns>
    private DateTimeOffset Change(DateTimeOffset holds, DateTimeOffset ended, TimeSpan offset)
    {
        var (low, high) = (holds.ToUnixTimeSeconds(), ended.ToUnixTimeSeconds());
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            (low, high) = zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(middle)) == offset ? (middle, high) : (low, middle);
        }
        return DateTimeOffset.FromUnixTimeSeconds(high);
    }

    private DateTimeOffset ToUtc(DateTime wallTime)
    {
        if (zone.IsInvalidTime(wallTime))
        {
            var jump = wallTime;
            while (zone.IsInvalidTime(jump))
                jump = jump.AddMinutes(1);
            wallTime = jump.Date + new TimeSpan(jump.Hour, jump.Minute, 0);
        }
        var offset = zone.IsAmbiguousTime(wallTime) ? zone.GetAmbiguousTimeOffsets(wallTime).Max() : zone.GetUtcOffset(wallTime);
        return new DateTimeOffset(wallTime, offset).ToUniversalTime();
    }
}
