using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Tests.VirtFusion;

public sealed class SendDeadlineTests
{
    //          monotonic, wall: seconds since the start
    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(9, 9, false)]
    [InlineData(10, 10, true)]
    [InlineData(0, 10, true)]   // the machine was suspended
    [InlineData(10, 0, true)]   // the wall clock was set back meanwhile
    [InlineData(1, -1, true)]   // set back behind the start: no longer to be trusted
    public void A_deadline_ends_with_the_clock_that_ends_first(int monotonicSeconds, int wallSeconds, bool passed)
    {
        var clocks = new TwoClocks();
        var deadline = new SendDeadline(clocks, TimeSpan.FromSeconds(10));

        clocks.Monotonic += TimeSpan.FromSeconds(monotonicSeconds);
        clocks.Wall += TimeSpan.FromSeconds(wallSeconds);

        Assert.Equal(passed, deadline.HasPassed);
    }

    private sealed class TwoClocks : TimeProvider
    {
        public TimeSpan Monotonic { get; set; } = TimeSpan.FromDays(3);

        public DateTimeOffset Wall { get; set; } = new(2026, 3, 29, 0, 59, 59, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Monotonic.Ticks;

        public override DateTimeOffset GetUtcNow() => Wall;
    }
}
