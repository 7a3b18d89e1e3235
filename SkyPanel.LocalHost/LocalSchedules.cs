using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;

namespace SkyPanel.LocalHost;

/// <summary>Changes the settings that timers are bound to: now, in the configuration that this process sees, and for the next
/// start.</summary>
/// <param name="file">Null in an app that has none.</param>
public sealed class LocalSchedules(LocalTimers timers, IConfiguration configuration, SchedulesFile? file)
{
    // Bound, but not in the file yet.
    private readonly ConcurrentDictionary<string, string> _unwritten = new();

    /// <summary>Where the next start finds them.</summary>
    public string Name => file?.Path ?? "memory";

    /// <returns>Null when no timer is bound to it.</returns>
    public string? BoundTo(string setting) => timers.BoundTo(setting);

    /// <returns>False when nothing was to change: no timer is bound to that setting, or it has that schedule.</returns>
    /// <exception cref="FormatException">It isn't a schedule.</exception>
    /// <exception cref="IOException">The file can't be written; the timer runs on the new schedule all the same.</exception>
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
