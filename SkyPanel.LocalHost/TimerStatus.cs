using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.LocalHost;

/// <summary>Where a timer stands.</summary>
/// <param name="Schedule">The expression from which Next was computed.</param>
/// <param name="Last">When it last fired and ended well; null when it never did on this schedule.</param>
/// <param name="Next">The occurrence that is awaited.</param>
/// <param name="Updated">The instant from which Next was computed while there is no Last.</param>
internal sealed record TimerStatus(string Schedule, DateTimeOffset? Last, DateTimeOffset Next, DateTimeOffset Updated)
{
    public static TimerStatus From(TimerSchedule schedule, DateTimeOffset now, TimeZoneInfo zone) =>
        new(schedule.Expression, null, schedule.NextAfter(now, zone), now);

    /// <summary>The same schedule in the same time zone: otherwise Next is an occurrence that nobody awaits any more.</summary>
    public bool Continues(TimerSchedule schedule, TimeZoneInfo zone) =>
        Schedule == schedule.Expression && Next == schedule.NextAfter(Last ?? Updated, zone);

    public ScheduleStatus ToScheduleStatus(TimeZoneInfo zone) => new()
    {
        Last = Last is { } last ? Local(last, zone) : default,
        Next = Local(Next, zone),
        LastUpdated = Local(Updated, zone),
    };

    private static DateTime Local(DateTimeOffset instant, TimeZoneInfo zone) =>
        DateTime.SpecifyKind(TimeZoneInfo.ConvertTime(instant, zone).DateTime, DateTimeKind.Local);
}
