using System.Collections.Concurrent;

namespace SkyPanel.Functions.Scheduling;

/// <summary>Copies the stored schedules to the stores of the timers' settings. The stored ones decide: no run waits for the copy, and a
/// failure of a store is logged once.</summary>
public sealed class ScheduleSync(IEnumerable<IScheduleStore> stores, ILogger<ScheduleSync> logger)
{
    private readonly IScheduleStore[] _stores = [.. stores];
    private readonly ConcurrentDictionary<(string Store, string Setting), string> _known = new();
    private readonly ConcurrentDictionary<string, string?> _troubles = new();

    /// <summary>The problem of each store; null when there is none.</summary>
    public IReadOnlyDictionary<string, string?> Stores => _troubles;

    public async Task SyncAsync(IReadOnlyCollection<(string Setting, string Schedule)> stored, CancellationToken ct)
    {
        foreach (var store in _stores)
            Tell(store.Name, await SyncAsync(store, stored, ct));
    }

    // Returns the first problem; null without one.
    private async Task<string?> SyncAsync(
        IScheduleStore store, IReadOnlyCollection<(string Setting, string Schedule)> stored, CancellationToken ct)
    {
        string? trouble = null;
        foreach (var (setting, schedule) in stored.Where(one => _known.GetValueOrDefault((store.Name, one.Setting)) != one.Schedule))
        {
            try
            {
                if (await store.WriteAsync(setting, schedule, ct))
                    logger.LogInformation("{Setting} is '{Schedule}' in {Store} now", setting, schedule, store.Name);
                _known[(store.Name, setting)] = schedule;
            }
            // The jobs run anyway: the heartbeat starts them by the stored schedules.
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                trouble ??= e is OperationCanceledException ? "no answer in time" : e.Message.ReplaceLineEndings(" ");
                // A store that refuses one setting may accept the next; one that doesn't answer would take the time-out for each.
                if (e is not HttpRequestException { StatusCode: not null })
                    break;
            }
        }
        return trouble;
    }

    private void Tell(string store, string? trouble)
    {
        var before = _troubles.GetValueOrDefault(store);
        _troubles[store] = trouble;
        if (trouble is not null && before is null)
            logger.LogWarning("Schedules can't be synced to {Store}, and are tried again each minute: {Trouble}", store, trouble);
        if (trouble is null && before is not null)
            logger.LogInformation("Schedules are synced to {Store} again", store);
    }
}
