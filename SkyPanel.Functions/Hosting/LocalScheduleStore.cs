using SkyPanel.Functions.Scheduling;
using SkyPanel.LocalHost;

namespace SkyPanel.Functions.Hosting;

/// <summary>Rebinds the local host's timers at once, and writes its schedules file.</summary>
internal sealed class LocalScheduleStore(LocalSchedules schedules) : IScheduleStore
{
    public string Name { get; } = schedules.Name;

    public string Kind => "local-timers";

    public Task<string?> ReadAsync(string setting, CancellationToken ct) => Task.FromResult(schedules.BoundTo(setting));

    public Task<bool> WriteAsync(string setting, string schedule, CancellationToken ct) =>
        Task.FromResult(schedules.Change(setting, schedule));
}
