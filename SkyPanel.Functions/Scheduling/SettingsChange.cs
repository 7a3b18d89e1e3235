namespace SkyPanel.Functions.Scheduling;

/// <summary>A job's settings as an admin wants them, validated.</summary>
/// <param name="Enabled">What was asked for, else what was in force.</param>
/// <param name="Asked">What the admin asked for in so many words; null when it isn't about that.</param>
public sealed record SettingsChange(bool Enabled, bool? Asked, Schedule Schedule, int HoursPerMonth, string? Note, string ChangedBy)
{
    /// <summary>For hourly-billing and dns-renewal that is the take-over.</summary>
    public bool IsEnabling => Asked == true;
}
