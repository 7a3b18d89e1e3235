using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Metering;

/// <summary>Dates requests by the database's clock in whole seconds: a beginning no later, an end no earlier than it was.</summary>
/// <param name="AsOf">The instant that all of them are said to be of; null for what the clock says.</param>
internal sealed record RequestDates(DateTimeOffset? AsOf, ClockReading Clock)
{
    public DateTimeOffset Began(long timestamp) => AsOf ?? Floor(Clock.Earliest(timestamp));

    public DateTimeOffset Ended(long timestamp) => AsOf ?? Ceiling(Clock.Latest(timestamp));

    public static DateTimeOffset Ceiling(DateTimeOffset at) => Floor(at.AddTicks(TimeSpan.TicksPerSecond - 1));

    private static DateTimeOffset Floor(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond));
}
