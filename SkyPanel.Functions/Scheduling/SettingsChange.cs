using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Scheduling;

/// <summary>A validated change of a job's settings.</summary>
/// <param name="Enabled">The requested value, otherwise the value in force.</param>
/// <param name="Asked">The explicitly requested value; null in a change of other settings.</param>
/// <param name="Note">The note; null keeps the stored one.</param>
public sealed record SettingsChange(bool Enabled, bool? Asked, Schedule Schedule, int HoursPerMonth, string? Note, Caller Caller)
{
    /// <summary>Whether it is the take-over of a job that the panel knows.</summary>
    public bool IsEnabling => Asked == true;
}
