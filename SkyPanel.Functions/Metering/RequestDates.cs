namespace SkyPanel.Functions.Metering;

/// <summary>Converts the times of requests to the database's clock in whole seconds: beginnings are rounded down, ends up.</summary>
/// <param name="AsOf">The instant of all requests; null for the clock.</param>
internal sealed record RequestDates(DateTimeOffset? AsOf, ClockReading Clock)
{
    public DateTimeOffset Began(long timestamp) => AsOf ?? Floor(Clock.Earliest(timestamp));

    public DateTimeOffset Ended(long timestamp) => AsOf ?? Ceiling(Clock.Latest(timestamp));

    public static DateTimeOffset Ceiling(DateTimeOffset at) => Floor(at.AddTicks(TimeSpan.TicksPerSecond - 1));

    private static DateTimeOffset Floor(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond));
}
