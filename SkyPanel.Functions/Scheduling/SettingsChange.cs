namespace SkyPanel.Functions.Scheduling;

/// <summary>A job's settings as an admin wants them, validated.</summary>
/// <param name="IsEnabling">The admin asked for enabled in so many words: for hourly-billing that is the take-over.</param>
public sealed record SettingsChange(bool Enabled, bool IsEnabling, Schedule Schedule, int HoursPerMonth, string? Note, string ChangedBy);
