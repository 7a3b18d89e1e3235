using System.Globalization;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Scheduling;

/// <summary>NCrontab's dialect, as a table: the expression, an instant, and what comes next.</summary>
public sealed class ScheduleTests
{
    [Theory]
    //          expression               after                    next               then               then
    [InlineData("0 * * * *",             "2026-03-01 12:00:00",   "03-01 13:00:00",  "03-01 14:00:00",  "03-01 15:00:00")]
    // a step begins anew each hour
    [InlineData("*/7 * * * *",           "2026-03-01 12:42:00",   "03-01 12:49:00",  "03-01 12:56:00",  "03-01 13:00:00")]
    [InlineData("*/20 * * * * *",        "2026-03-01 12:00:20",   "03-01 12:00:40",  "03-01 12:01:00",  "03-01 12:01:20")]
    [InlineData("10-30/10 * * * *",      "2026-03-01 12:10:00",   "03-01 12:20:00",  "03-01 12:30:00",  "03-01 13:10:00")]
    [InlineData("0 8-17/3 * * *",        "2026-03-01 12:00:00",   "03-01 14:00:00",  "03-01 17:00:00",  "03-02 08:00:00")]
    [InlineData("1,2,58 * * * *",        "2026-03-01 12:02:00",   "03-01 12:58:00",  "03-01 13:01:00",  "03-01 13:02:00")]
    [InlineData("0 0 1 jan,JUL *",       "2026-03-01 12:00:00",   "07-01 00:00:00",  "01-01 00:00:00",  "07-01 00:00:00")]
    // 1 March 2026 is a Sunday
    [InlineData("0 0 * * mon-wed",       "2026-03-01 12:00:00",   "03-02 00:00:00",  "03-03 00:00:00",  "03-04 00:00:00")]
    [InlineData("0 0 * * 0",             "2026-03-01 12:00:00",   "03-08 00:00:00",  "03-15 00:00:00",  "03-22 00:00:00")]
    // both must hold, unlike Vixie's cron
    [InlineData("0 0 13 * fri",          "2026-03-01 12:00:00",   "03-13 00:00:00",  "11-13 00:00:00",  "08-13 00:00:00")]
    // 2028, 2032, 2036
    [InlineData("0 0 29 2 *",            "2026-03-01 12:00:00",   "02-29 00:00:00",  "02-29 00:00:00",  "02-29 00:00:00")]
    [InlineData("0 0 31 * *",            "2026-03-01 12:00:00",   "03-31 00:00:00",  "05-31 00:00:00",  "07-31 00:00:00")]
    [InlineData("59 59 23 31 12 *",      "2026-03-01 12:00:00",   "12-31 23:59:59",  "12-31 23:59:59",  "12-31 23:59:59")]
    public void Occurs_as_the_host_would(string expression, string after, string first, string second, string third)
    {
        var next = Schedule.Parse(expression).Occurrences(Utc(after), Utc(after).AddYears(20)).Take(3);
        Assert.Equal([first, second, third], next.Select(o => o.ToString("MM-dd HH:mm:ss", CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("0 0 29 2 *", "UTC")]
    [InlineData("0 0 29 2 *", "Europe/Berlin")]
    [InlineData("0 * 29 2 thu", "America/New_York")]
    [InlineData("0 0 29 2 sun", "UTC")]
    [InlineData("0 0 29 2 mon", "UTC")]
    [InlineData("0 0 29 2 tue", "UTC")]
    [InlineData("0 0 29 2 wed", "UTC")]
    [InlineData("0 0 29 2 thu", "Asia/Kathmandu")]
    [InlineData("0 0 29 2 fri", "UTC")]
    [InlineData("0 0 29 2 sat", "Australia/Lord_Howe")]
    public void As_many_are_told_as_are_asked_for_however_rare_they_are(string expression, string timeZone)
    {
        // 2072 and 2112 have the longest gap: 2100 has no leap day.
        foreach (var year in Enumerable.Range(2026, 100))
            Assert.NotNull(Schedule.Parse(expression, timeZone).Next(Utc($"{year}-03-01 12:00:00")));
        Assert.Equal(100, Schedule.Parse(expression, timeZone).Next(Utc("2026-03-01 12:00:00"), 100).Distinct().Count());
    }

    [Theory]
    //          expression               field               value       allowed
    [InlineData("61 * * * *",            "minute",           "61",       "0 to 59")]
    [InlineData("x * * * *",             "minute",           "x",        "0 to 59")]
    [InlineData("*/0 * * * *",           "minute",           "*/0",      "*/5")]
    [InlineData("1-5/0 * * * *",         "minute",           "1-5/0",    "1-5/2")]
    [InlineData("-1 * * * *",            "minute",           "-1",       "0 to 59")]
    [InlineData("0 24 * * *",            "hour",             "24",       "0 to 23")]
    [InlineData("0 0 0 * *",             "day of the month", "0",        "1 to 31")]
    [InlineData("0 0 32 * *",            "day of the month", "32",       "1 to 31")]
    [InlineData("0 0 * 13 *",            "month",            "13",       "jan to dec")]
    [InlineData("0 0 * * 7",             "day of the week",  "7",        "0 being sunday")]
    [InlineData("0 0 * * L",             "day of the week",  "L",        "sun to sat")]
    [InlineData("0 0 ? * *",             "day of the month", "?",        "1 to 31")]
    [InlineData("60 * * * * *",          "second",           "60",       "0 to 59")]
    [InlineData("0 60 * * * *",          "minute",           "60",       "0 to 59")]
    public void A_refusal_points_at_the_field(string expression, string field, string value, string allowed)
    {
        var refusal = Assert.Throws<ScheduleException>(() => Schedule.Parse(expression));
        Assert.Equal("schedule", refusal.Field);
        Assert.Contains($"the {field} '{value}' is not", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "has 0 fields")]
    [InlineData("@hourly", "has 1 fields")]
    [InlineData("0 * * *", "has 4 fields")]
    [InlineData("0 0 0 * * * 2026", "has 7 fields")]
    [InlineData("0 0 30 2 *", "never occurs")]
    [InlineData("0 0 31 4,6,9,11 *", "never occurs")]
    public void What_has_no_fields_or_no_occurrence_is_refused(string expression, string because) =>
        Assert.Contains(because, Assert.Throws<ScheduleException>(() => Schedule.Parse(expression)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("0 * * * *", null)]
    [InlineData("  0   *  * * * ", null)]
    [InlineData("0 0 * * *", null)]
    [InlineData("*/30 * * * * *", "more often than once a minute")]
    [InlineData("0 * * * * *", "write '0 * * * *'")]
    [InlineData("0 0 * * * *", "as five fields it is '0 * * * *'; if the minute was meant to be '0', write '0 0 * * *'")]
    [InlineData("0 5 4 * * mon", "as five fields it is '5 4 * * mon'")]
    [InlineData("0 4-22 * * *", null)]
    [InlineData("0 22-4 * * *", "the hour '22-4' runs backwards, and is read as '4-22'")]
    [InlineData("0 2 * * 1,fri-mon/2", "the day of the week 'fri-mon' runs backwards, and is read as 'mon-fri'")]
    public void What_may_not_be_meant_is_warned_of(string expression, string? warning)
    {
        var warnings = Schedule.Parse(expression).Warnings;
        if (warning is null)
            Assert.Empty(warnings);
        else
            Assert.Contains(warning, Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Theory]
    //          expression           since                  now                    latest                 count
    [InlineData("0 * * * *",         "2026-03-01 12:00:00", "2026-03-01 12:59:59", null,                  0)]
    [InlineData("0 * * * *",         "2026-03-01 12:00:00", "2026-03-01 17:30:00", "2026-03-01 17:00:00", 5)]
    [InlineData("0 * * * *",         "2026-03-01 12:00:00", "2036-03-01 12:00:00", "2036-03-01 12:00:00", 10_000)]
    [InlineData("* * * * * *",       "2026-03-01 12:00:00", "2026-09-01 12:00:07", "2026-09-01 12:00:07", 10_000)]
    [InlineData("* * * 1 1 *",       "2020-03-01 12:00:00", "2026-12-31 12:00:00", "2026-01-01 23:59:59", 10_000)]
    public void The_latest_occurrence_is_due_and_counting_the_others_has_an_end(string expression, string since, string now, string? latest,
        int count)
    {
        var took = TimeSpan.MaxValue;
        for (var tries = 0; tries < 5 && took >= TimeSpan.FromSeconds(2); tries++) // Once, another process may have had the processor.
        {
            var began = TimeProvider.System.GetTimestamp();
            var due = Schedule.Parse(expression).Due(Utc(since), Utc(now));
            took = TimeProvider.System.GetElapsedTime(began);
            Assert.Equal((latest is null ? null : (DateTimeOffset?)Utc(latest), count), (due?.Latest, due?.Count ?? 0));
        }
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal);
}
