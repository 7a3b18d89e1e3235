namespace SkyPanel.Functions.Scheduling;

/// <summary>A place in the panel's tables that has a job's settings.</summary>
/// <param name="EnabledName">What an alert calls the field, as <c>server_hourly_billing_settings.cron_enabled</c>; so with the
/// others.</param>
/// <param name="HoursName">Null where the place has no hours per month.</param>
/// <param name="ReadSql">One row: enabled, schedule, hours (texts, null when absent), changed_at, marks (<see cref="PlaceReading"/>). No
/// row: nothing is there.</param>
/// <param name="LockSql">Locks the rows against changes until the copy is written.</param>
/// <param name="UpdateSql">Writes what is there and differs. Parameters: enabled, schedule, hours_per_month.</param>
/// <param name="InsertSql">Adds what is absent.</param>
internal sealed record PanelPlace(
    string EnabledName, string ScheduleName, string? HoursName, string ReadSql, string LockSql, string UpdateSql, string InsertSql)
{
    public string Name => ScheduleName[..ScheduleName.IndexOf('.', StringComparison.Ordinal)];

    public string Table => $"public.{Name}";
}

/// <summary>What a job's settings are.</summary>
/// <param name="HoursPerMonth">1 to 744.</param>
internal sealed record SettingsCopy(bool Enabled, string Schedule, int HoursPerMonth);
