using SkyPanel.Functions.Dns;
using static SkyPanel.Functions.Tests.Dns.DnsBench;

namespace SkyPanel.Functions.Tests.Dns;

public sealed class PeriodTests
{
    [Theory]
    [InlineData("2026-01-31", 31, "2026-02-28 2026-03-31 2026-04-30 2026-05-31")]
    [InlineData("2028-01-31", 31, "2028-02-29 2028-03-31 2028-04-30 2028-05-31")]
    [InlineData("2026-01-30", 30, "2026-02-28 2026-03-30 2026-04-30 2026-05-30")]
    [InlineData("2026-01-29", 29, "2026-02-28 2026-03-29 2026-04-29 2026-05-29")]
    [InlineData("2026-02-28", 31, "2026-03-31 2026-04-30 2026-05-31 2026-06-30")]
    [InlineData("2026-02-28", 28, "2026-03-28 2026-04-28 2026-05-28 2026-06-28")]
    [InlineData("2028-02-29", 29, "2028-03-29 2028-04-29 2028-05-29 2028-06-29")]
    [InlineData("2025-12-01", 1, "2026-01-01 2026-02-01 2026-03-01 2026-04-01")]
    // Somebody moved it: its own day counts from then on.
    [InlineData("2026-03-15", 31, "2026-04-15 2026-05-15 2026-06-15 2026-07-15")]
    public void A_period_ends_where_the_next_begins_on_the_anchor_or_the_months_last_day(string start, int startedOnDay, string ends)
    {
        var periods = Period.From(At($"{start} 04:05:06").UtcDateTime, null, startedOnDay).BegunBy(DateTime.MaxValue, 4).ToList();

        Assert.Equal(ends, string.Join(' ', periods.Select(period => $"{period.End:yyyy-MM-dd}")));
        Assert.All(periods, period => Assert.Equal(new TimeSpan(4, 5, 6), period.End.TimeOfDay));
        Assert.All(periods.Zip(periods.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
    }

    [Fact]
    public void A_kept_anchor_goes_before_the_day_of_the_start() =>
        Assert.Equal(30, Period.From(At("2026-04-30").UtcDateTime, storedAnchorDay: 30, startedOnDay: 31).AnchorDay);

    [Theory]
    [InlineData("2026-03-01 00:00:00", 1)]
    [InlineData("2026-02-28 23:59:59", 0)]
    [InlineData("2026-04-30 23:59:59", 2)]
    [InlineData("2027-03-01 00:00:00", 5)]
    public void Begun_are_those_up_to_the_cutoff(string cutoff, int count) =>
        Assert.Equal(count, Period.From(At("2026-03-01").UtcDateTime, null, 1).BegunBy(At(cutoff).UtcDateTime, 5).Count());
}
