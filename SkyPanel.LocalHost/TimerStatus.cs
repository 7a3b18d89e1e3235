using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.LocalHost;

/// <summary>The status of a timer, in memory: after a restart the heartbeat starts what was missed, from the stored schedules.</summary>
/// <param name="Last">The last successful occurrence; null when there was none on this schedule.</param>
/// <param name="Next">The next occurrence.</param>
/// <param name="Updated">The instant from which Next was computed.</param>
internal sealed record TimerStatus(DateTimeOffset? Last, DateTimeOffset Next, DateTimeOffset Updated)
{
    private static readonly TimeSpan Correction = TimeSpan.FromSeconds(10);

    public static TimerStatus From(TimerSchedule schedule, DateTimeOffset? last, DateTimeOffset now, TimeZoneInfo zone) =>
        new(last, schedule.NextAfter(now, zone), now);

    /// <summary>Whether the clock was set back since, beyond a small correction: Next may be far too late.</summary>
    public bool IsAheadOf(DateTimeOffset now) => Updated > now + Correction;

    public ScheduleStatus ToScheduleStatus(TimeZoneInfo zone) => new()
    {
        Last = Last is { } last ? Local(last, zone) : default,
        Next = Local(Next, zone),
        LastUpdated = Local(Updated, zone),
    };

    private static DateTime Local(DateTimeOffset instant, TimeZoneInfo zone) =>
        DateTime.SpecifyKind(TimeZoneInfo.ConvertTime(instant, zone).DateTime, DateTimeKind.Local);
}
