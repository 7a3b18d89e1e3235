namespace SkyPanel.Functions.Scheduling;

/// <summary>The stored settings of a job.</summary>
/// <param name="Enabled">Whether it runs on schedule. For hourly-billing: taken over and cron_enabled.</param>
/// <param name="Schedule">The stored schedule, or the last valid one when the stored one is invalid.</param>
/// <param name="HoursPerMonth">The basis of enrolments without their own, 1 to 744.</param>
/// <param name="Since">The instant when the job was enabled or taken over, or its schedule changed. Only later occurrences count.</param>
/// <param name="Alert">The problem of the stored settings; null when there is none.</param>
public sealed record JobSettings(
    string Job, bool Enabled, Schedule Schedule, int HoursPerMonth, string? Note, DateTimeOffset Since,
    DateTimeOffset? TakenOverAt, string? TakenOverBy, string? Alert)
{
    public const int DefaultHoursPerMonth = 730;

    /// <summary>The reason why the job is off although it is stored as on; null when there is none.</summary>
    public string? OffBecause { get; init; }

    /// <param name="lastOccurrence">The latest occurrence with a run; null when there is none.</param>
    /// <returns>The latest occurrence up to an instant without a run, and their number; null when there is none.</returns>
    public (DateTimeOffset Latest, int Count)? Due(DateTimeOffset? lastOccurrence, DateTimeOffset until) =>
        Schedule.Due(lastOccurrence > Since ? lastOccurrence.Value : Since, until);
}
