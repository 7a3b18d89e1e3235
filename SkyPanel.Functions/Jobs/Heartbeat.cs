using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SkyPanel.Functions.Jobs;

/// <summary>Wakes the jobs each minute, and does what the features have registered to be done between runs. Each part is tried though another failed.</summary>
public sealed class Heartbeat(
    JobRunner runner, Retries retries, ScheduleWatch schedules, IEnumerable<IHeartbeatTask> tasks, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<Heartbeat> logger)
{
    // A host starts no beat while one is under way, and a run may take as long as its time box: for so long nobody would be told of anything.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Task> _waking = new();

    public async Task BeatAsync(CancellationToken ct)
    {
        await TryAsync("looking at the stored schedules", () => schedules.LookAsync(ct), ct);
        await TryAsync("closing the runs of dead processes", () => CloseDeadAsync(ct), ct);
        foreach (var task in tasks.Where(task => task.IsBeforeJobs))
            await TryAsync(task.Name, () => task.RunAsync(ct), ct);
        // Side by side: neither the other jobs nor the tasks below wait for a long run.
        var waking = Task.WhenAll(runner.Jobs.Select(job => WakeAsync(job.Name)));
        foreach (var task in tasks.Where(task => !task.IsBeforeJobs))
            await TryAsync(task.Name, () => task.RunAsync(ct), ct);
        await waking.WaitAsync(Patience, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // A run that outlasts its beat goes on; until it has ended its job isn't woken again.
    private Task WakeAsync(string job) =>
        _waking.TryGetValue(job, out var before) && !before.IsCompleted ? Task.CompletedTask
        : _waking[job] = TryAsync($"waking {job}", () => runner.WakeApartAsync(job), lifetime.ApplicationStopping);

    private async Task CloseDeadAsync(CancellationToken ct)
    {
        if (await retries.CloseDeadAsync(ct) is > 0 and var closed)
            logger.LogWarning("Runs whose process died, closed as abandoned: {Count}", closed);
    }

    private async Task TryAsync(string what, Func<Task> part, CancellationToken ct)
    {
        try
        {
            await part();
        }
        catch (Exception e) when (!ct.IsCancellationRequested) // The other parts must not wait for this one to be mended.
        {
            logger.LogError(e, "Heartbeat: {What} failed", what);
        }
    }
}
