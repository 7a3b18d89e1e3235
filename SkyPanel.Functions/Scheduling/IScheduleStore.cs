namespace SkyPanel.Functions.Scheduling;

/// <summary>Stores the settings that timers are bound to: a local file, or Azure App Configuration.</summary>
public interface IScheduleStore
{
    /// <summary>Its name in log lines; no secret.</summary>
    string Name { get; }

    /// <summary>The name of findings about it, such as <c>app-configuration</c>.</summary>
    string Kind { get; }

    /// <returns>The schedule in the store; null without one. Exceptions of the store pass through.</returns>
    Task<string?> ReadAsync(string setting, CancellationToken ct);

    /// <summary>Sets a schedule unless the store already has it. Exceptions of the store pass through.</summary>
    /// <param name="setting">The setting, as in <c>%Cron:HourlyBilling:Schedule%</c>.</param>
    /// <returns>Whether the store was changed.</returns>
    Task<bool> WriteAsync(string setting, string schedule, CancellationToken ct);
}
