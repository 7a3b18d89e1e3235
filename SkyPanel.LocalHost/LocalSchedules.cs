using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;

namespace SkyPanel.LocalHost;

/// <summary>Changes the settings of timers: in the timers, in this process's configuration, and in the file for the next
/// start.</summary>
/// <param name="file">The file; null in an app without one.</param>
public sealed class LocalSchedules(LocalTimers timers, IConfiguration configuration, SchedulesFile? file)
{
    // Schedules bound to timers but not written to the file yet.
    private readonly ConcurrentDictionary<string, string> _unwritten = new();

    /// <summary>The path of the file.</summary>
    public string Name => file?.Path ?? "memory";

    /// <returns>Null when no timer is bound to it.</returns>
    public string? BoundTo(string setting) => timers.BoundTo(setting);

    /// <returns>False when nothing changed: no timer is bound to the setting, or it already has this schedule.</returns>
    /// <exception cref="FormatException">The text isn't a schedule.</exception>
    /// <exception cref="IOException">The file can't be written. The timer uses the new schedule anyway.</exception>
    public bool Change(string setting, string schedule)
    {
        if (timers.BoundTo(setting) is not { } bound || (bound == schedule && !_unwritten.ContainsKey(setting)))
            return false;
        timers.RebindTo(setting, schedule);
        configuration[setting] = schedule;
        _unwritten[setting] = schedule;
        file?.Write(setting, schedule);
        _unwritten.TryRemove(setting, out _);
        return true;
    }
}
