using System.Globalization;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Tests.Scheduling;

/// <summary>The nights when clocks change, in both hemispheres: which instants (UTC) a wall-clock schedule means.</summary>
public sealed class ClockChangeTests
{
    [Theory]
    //          zone                   changes (UTC)        expression       after (UTC)          occurrences (UTC)
    // 29 March 2026: 02:00 → 03:00 at 01:00Z. What names a skipped time happens at the jump.
    [InlineData("Europe/Berlin",       "skips 02:00-03:00", "30 2 * * *",    "2026-03-28 00:00", "28 01:30 | 29 01:00 | 30 00:30")]
    [InlineData("Europe/Berlin",       "skips 02:00-03:00", "0,30 2 * * *",  "2026-03-28 02:00", "29 01:00 | 30 00:00 | 30 00:30")]
    [InlineData("Europe/Berlin",       "skips 02:00-03:00", "0 3 * * *",     "2026-03-28 00:00", "28 02:00 | 29 01:00 | 30 01:00")]
    // What runs every hour follows the time that passes.
    [InlineData("Europe/Berlin",       "skips 02:00-03:00", "30 * * * *",    "2026-03-29 00:00", "29 00:30 | 29 01:30 | 29 02:30")]
    // 25 October 2026: 03:00 → 02:00 at 01:00Z. What names a repeated time happens the first time.
    [InlineData("Europe/Berlin",       "repeats 02:00",     "30 2 * * *",    "2026-10-24 00:00", "24 00:30 | 25 00:30 | 26 01:30")]
    [InlineData("Europe/Berlin",       "repeats 02:00",     "0 3 * * *",     "2026-10-24 00:00", "24 01:00 | 25 02:00 | 26 02:00")]
    [InlineData("Europe/Berlin",       "repeats 02:00",     "30 * * * *",    "2026-10-25 00:00", "25 00:30 | 25 01:30 | 25 02:30")]
    [InlineData("Europe/Berlin",       "repeats 02:00",     "*/30 * * * *",  "2026-10-25 00:30", "25 01:00 | 25 01:30 | 25 02:00")]
    // 8 March and 1 November 2026, at 07:00Z and 06:00Z.
    [InlineData("America/New_York",    "skips 02:00-03:00", "15 2 * * *",    "2026-03-07 00:00", "07 07:15 | 08 07:00 | 09 06:15")]
    [InlineData("America/New_York",    "skips 02:00-03:00", "*/30 * * * *",  "2026-03-08 06:30", "08 07:00 | 08 07:30 | 08 08:00")]
    [InlineData("America/New_York",    "repeats 01:00",     "15 1 * * *",    "2026-10-31 00:00", "31 05:15 | 01 05:15 | 02 06:15")]
    [InlineData("America/New_York",    "repeats 01:00",     "15 1 * * *",    "2026-11-01 05:15", "02 06:15 | 03 06:15 | 04 06:15")]
    [InlineData("America/New_York",    "repeats 01:00",     "0 * * * *",     "2026-11-01 04:00", "01 05:00 | 01 06:00 | 01 07:00")]
    // The south: 4 October 2026 forward at 16:00Z of the 3rd, 5 April 2026 back at 16:00Z of the 4th.
    [InlineData("Australia/Sydney",    "skips 02:00-03:00", "30 2 * * *",    "2026-10-02 00:00", "02 16:30 | 03 16:00 | 04 15:30")]
    [InlineData("Australia/Sydney",    "repeats 02:00",     "30 2 * * *",    "2026-04-03 00:00", "03 15:30 | 04 15:30 | 05 16:30")]
    [InlineData("Australia/Sydney",    "repeats 02:00",     "30 * * * *",    "2026-04-04 15:00", "04 15:30 | 04 16:30 | 04 17:30")]
    // Half an hour only: 02:00 → 02:30 at 15:30Z of 3 October, 02:00 → 01:30 at 15:00Z of 4 April.
    [InlineData("Australia/Lord_Howe", "skips 02:00-02:30", "15 2 * * *",    "2026-10-02 00:00", "02 15:45 | 03 15:30 | 04 15:15")]
    [InlineData("Australia/Lord_Howe", "skips 02:00-02:30", "0 * * * *",     "2026-10-03 14:00", "03 14:30 | 03 16:00 | 03 17:00")]
    [InlineData("Australia/Lord_Howe", "repeats 01:30",     "45 1 * * *",    "2026-04-03 00:00", "03 14:45 | 04 14:45 | 05 15:15")]
    [InlineData("Australia/Lord_Howe", "repeats 01:30",     "*/15 * * * *",  "2026-04-04 14:30", "04 14:45 | 04 15:00 | 04 15:15")]
    // No changes.
    [InlineData("UTC",                 "never",             "30 2 * * *",    "2026-03-28 00:00", "28 02:30 | 29 02:30 | 30 02:30")]
    [InlineData("Asia/Kolkata",        "never",             "0 0 * * *",     "2026-03-28 00:00", "28 18:30 | 29 18:30 | 30 18:30")]
    public void A_wall_time_means(string zone, string changes, string expression, string after, string occurrences)
    {
        var from = DateTimeOffset.Parse(after, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        var next = Schedule.Parse(expression, zone).Occurrences(from, from.AddDays(10)).Take(3).ToList();
        Assert.Equal($"{changes}: {occurrences}",
            $"{changes}: {string.Join(" | ", next.Select(o => o.UtcDateTime.ToString("dd HH:mm", CultureInfo.InvariantCulture)))}");
    }

    [Theory]
    [InlineData("Europe/Berlin", "*/10 * * * *", 52_560)]
    [InlineData("America/New_York", "0 * * * *", 8_760)]
    [InlineData("Australia/Sydney", "30 2 * * *", 365)]
    [InlineData("Australia/Lord_Howe", "45 1 * * *", 365)]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", 365)]
    public void A_year_of_them_has_none_twice_none_missing_and_looks_the_same_from_anywhere(string zone, string expression, int count)
    {
        var (schedule, year) = (Schedule.Parse(expression, zone), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var all = schedule.Occurrences(year, year.AddYears(1)).ToList();
        Assert.Equal(count, all.Count);
        Assert.Equal(all.Distinct().Order(), all);
        foreach (var (one, next) in all.Zip(all.Skip(1)).Where((_, index) => index % 7 == 0))
        {
            Assert.Equal(next, schedule.Next(one));
            Assert.Equal(next, schedule.Next(one + (next - one) / 2));
        }
    }
}
