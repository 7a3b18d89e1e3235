namespace SkyPanel.Functions.Scheduling;

/// <summary>Where the settings that timers are bound to are kept, for the next start or for now: this machine's file, or Azure App Configuration.</summary>
public interface IScheduleStore
{
    /// <summary>What a log line calls it; no secret.</summary>
    string Name { get; }

    /// <summary>Sets a schedule unless the store has it already. May throw whatever its medium does.</summary>
    /// <param name="setting">As in <c>%Cron:HourlyBilling:Schedule%</c>.</param>
    /// <returns>Whether it was changed.</returns>
    Task<bool> WriteAsync(string setting, string schedule, CancellationToken ct);
}
