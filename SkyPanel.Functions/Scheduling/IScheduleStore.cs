namespace SkyPanel.Functions.Scheduling;

/// <summary>Where the settings that timers are bound to are kept, for the next start or for now: this machine's file, or Azure App
/// Configuration.</summary>
public interface IScheduleStore
{
    /// <summary>What a log line calls it; no secret.</summary>
    string Name { get; }

    /// <summary>What a finding about it is called, such as <c>app-configuration</c>.</summary>
    string Kind { get; }

    /// <returns>The schedule that it has; null when it has none. May throw whatever its medium does.</returns>
    Task<string?> ReadAsync(string setting, CancellationToken ct);

    /// <summary>Sets a schedule unless the store has it already. May throw whatever its medium does.</summary>
    /// <param name="setting">As in <c>%Cron:HourlyBilling:Schedule%</c>.</param>
    /// <returns>Whether it was changed.</returns>
    Task<bool> WriteAsync(string setting, string schedule, CancellationToken ct);
}
