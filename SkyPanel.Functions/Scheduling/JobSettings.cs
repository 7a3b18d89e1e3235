namespace SkyPanel.Functions.Scheduling;

/// <summary>The stored settings of a job.</summary>
/// <param name="Enabled">It runs on schedule. For hourly-billing: taken over, and cron_enabled.</param>
/// <param name="Schedule">As stored, or the last good one when what is stored can't be read.</param>
/// <param name="HoursPerMonth">Basis of enrolments without their own, 1 to 744.</param>
/// <param name="Since">Only later occurrences count: the job was enabled or taken over, or its schedule changed, at this instant.</param>
/// <param name="Alert">What is wrong with the stored settings; null when nothing is.</param>
public sealed record JobSettings(
    string Job, bool Enabled, Schedule Schedule, int HoursPerMonth, string? Note, DateTimeOffset Since,
    DateTimeOffset? TakenOverAt, string? TakenOverBy, string? Alert)
{
    public const int DefaultHoursPerMonth = 730;

    /// <summary>Why it is off though it is stored as on; null when what is stored holds.</summary>
    public string? OffBecause { get; init; }

    /// <param name="lastOccurrence">The latest that has a run; null when there is none.</param>
    /// <returns>The latest occurrence up to an instant that has no run, and their number; null when there is none.</returns>
    public (DateTimeOffset Latest, int Count)? Due(DateTimeOffset? lastOccurrence, DateTimeOffset until) =>
        Schedule.Due(lastOccurrence > Since ? lastOccurrence.Value : Since, until);
}
