using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.LocalHost;

/// <summary>The status of a timer.</summary>
/// <param name="Schedule">The expression from which Next was computed.</param>
/// <param name="Last">The last successful occurrence; null when there was none on this schedule.</param>
/// <param name="Next">The next occurrence.</param>
/// <param name="Updated">The instant from which Next was computed, while Last is null.</param>
internal sealed record TimerStatus(string Schedule, DateTimeOffset? Last, DateTimeOffset Next, DateTimeOffset Updated)
{
    private static readonly TimeSpan Correction = TimeSpan.FromSeconds(10);

    public static TimerStatus From(TimerSchedule schedule, DateTimeOffset now, TimeZoneInfo zone) =>
        new(schedule.Expression, null, schedule.NextAfter(now, zone), now);

    /// <summary>Whether the schedule, its time zone and the clock are as they were, so that Next is still valid.</summary>
    public bool Continues(TimerSchedule schedule, TimeZoneInfo zone, DateTimeOffset now) =>
        Schedule == schedule.Expression && Next == schedule.NextAfter(Last ?? Updated, zone) && !IsAheadOf(now);

    /// <summary>Whether the clock was set back since, beyond a small correction: Next may be far too late.</summary>
    public bool IsAheadOf(DateTimeOffset now) => (Last ?? Updated) > now + Correction;

    public ScheduleStatus ToScheduleStatus(TimeZoneInfo zone) => new()
    {
        Last = Last is { } last ? Local(last, zone) : default,
        Next = Local(Next, zone),
        LastUpdated = Local(Updated, zone),
    };

    private static DateTime Local(DateTimeOffset instant, TimeZoneInfo zone) =>
        DateTime.SpecifyKind(TimeZoneInfo.ConvertTime(instant, zone).DateTime, DateTimeKind.Local);
}
