using System.Globalization;
using SkyPanel.LocalHost;

namespace SkyPanel.Functions.Tests.LocalHost;

public sealed class TimerScheduleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("0 * * * *", "2026-03-01T13:00:00Z")]
    [InlineData("30 0 * * * *", "2026-03-01T13:00:30Z")]
    [InlineData("*/10 * * * * *", "2026-03-01T12:15:10Z")]
    [InlineData("15 12 * * *", "2026-03-02T12:15:00Z")]
    [InlineData("0 0 29 2 *", "2028-02-29T00:00:00Z")]
    [InlineData("  0   6  *  *  Mon ", "2026-03-02T06:00:00Z")]
    public void Five_fields_begin_with_the_minute_and_six_with_the_second(string expression, string next) =>
        Assert.Equal(Instant(next), TimerSchedule.Parse(expression).NextAfter(Instant("2026-03-01T12:15:00Z"), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("", "doesn't have five or six fields")]
    [InlineData("hourly", "doesn't have five or six fields")]
    [InlineData("01:00:00", "doesn't have five or six fields")]
    [InlineData("0 * * * * * *", "doesn't have five or six fields")]
    [InlineData("60 * * * *", "can't be read")]
    [InlineData("0 0 30 2 *", "never occurs")]
    public void Anything_else_is_refused(string expression, string because) =>
        Assert.StartsWith(because, Assert.Throws<FormatException>(() => TimerSchedule.Parse(expression)).Message, StringComparison.Ordinal);

    // Berlin: 02:00 becomes 03:00 on 29 March, 03:00 becomes 02:00 on 25 October.
    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T12:00:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00")]
    [InlineData("30 2 * * *", "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00")]
    [InlineData("30 2 25 10 *", "2026-01-01T00:00:00+01:00", "2026-10-25T02:30:00+02:00", "2027-10-25T02:30:00+02:00")]
    [InlineData("0 * * * *", "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00")]
    [InlineData("0 * * * *", "2026-10-25T01:30:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00")]
    [InlineData("0 * * * *", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00", "2026-10-25T04:00:00+01:00")]
    public void Clocks_that_change_lose_no_occurrence_and_repeat_only_intervals(string expression, string from, params string[] occurrences)
    {
        var schedule = TimerSchedule.Parse(expression);
        var instant = Instant(from);

        foreach (var occurrence in occurrences)
        {
            instant = schedule.NextAfter(instant, Berlin);
            Assert.Equal(occurrence, instant.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture));
        }
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
