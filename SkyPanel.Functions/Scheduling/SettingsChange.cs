using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Scheduling;

/// <summary>A job's settings as an admin wants them, validated.</summary>
/// <param name="Enabled">What was asked for, else what was in force.</param>
/// <param name="Asked">What the admin asked for explicitly; null when the change is about other settings.</param>
/// <param name="Note">Null keeps the stored one.</param>
public sealed record SettingsChange(bool Enabled, bool? Asked, Schedule Schedule, int HoursPerMonth, string? Note, Caller Caller)
{
    /// <summary>Whether it is the take-over, for a job that the panel knows.</summary>
    public bool IsEnabling => Asked == true;
}
