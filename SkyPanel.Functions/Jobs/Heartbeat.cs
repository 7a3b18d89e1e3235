using System.Collections.Concurrent;

namespace SkyPanel.Functions.Jobs;

/// <summary>Wakes the jobs each minute and runs the registered heartbeat tasks. A part that fails doesn't stop the others.</summary>
public sealed class Heartbeat(JobRunner runner, ClockRepairs clockRepairs, Retries retries, ScheduleWatch schedules,
    LastHeartbeat lastHeartbeat, IEnumerable<HeartbeatTask> tasks, TimeProvider time, ILogger<Heartbeat> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    // No run starts after this: with a time box of an hour at most, the invocation ends within the functionTimeout of host.json, two hours.
    private static readonly TimeSpan StartsFor = TimeSpan.FromMinutes(55);

    private readonly ConcurrentDictionary<string, Task<List<StartedRun>>> _waking = new();

    // Logged at the start and the end of a failure, not each minute.
    private readonly ConcurrentDictionary<string, bool> _outages = new();

    /// <summary>Executes a heartbeat, and another one each minute while a run that it started is executing: meanwhile the host starts no
    /// other heartbeat, and must not remove the instance as idle.</summary>
    public async Task BeatAsync(CancellationToken ct)
    {
        var begunAt = time.GetTimestamp();
        await BeatOnceAsync(StartsFor, CancellationToken.None, ct);
        while (Task.WhenAll((IEnumerable<Task>)_waking.Values) is { IsCompleted: false } idle)
        {
            await idle.WaitAsync(Every, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ct.ThrowIfCancellationRequested();
            if (!idle.IsCompleted)
                await BeatOnceAsync(StartsFor - time.GetElapsedTime(begunAt), CancellationToken.None, ct);
        }
    }

    /// <summary>Executes one heartbeat and waits for the runs that it started.</summary>
    /// <param name="deadline">Cancelled when the caller can wait no longer: the next heartbeat continues.</param>
    /// <returns>The runs that it started or continued.</returns>
    public async Task<IReadOnlyList<StartedRun>> WakeAsync(CancellationToken deadline)
    {
        var started = await BeatOnceAsync(StartsFor, deadline, deadline);
        return [.. (await Task.WhenAll(started)).SelectMany(runs => runs)];
    }

    private async Task<IReadOnlyList<Task<List<StartedRun>>>> BeatOnceAsync(TimeSpan maxWait, CancellationToken deadline,
        CancellationToken ct)
    {
        await NoteAsync(ct);
        await TryAsync("repairing times that a wrong clock left", () => clockRepairs.RepairAsync(ct), ct);
        await TryAsync("looking at the stored schedules", () => schedules.CheckAsync(ct), ct);
        await TryAsync("closing the runs of dead processes", () => CloseDeadAsync(ct), ct);
        await RunAsync(tasks.Where(task => task.IsBeforeJobs), ct);
        // In parallel: neither the other jobs nor the tasks below wait for a long run.
        var waking = maxWait <= TimeSpan.Zero ? [] : runner.Jobs.Select(job => Wake(job.Name, maxWait, deadline))
            .OfType<Task<List<StartedRun>>>().ToList();
        await RunAsync(tasks.Where(task => !task.IsBeforeJobs), ct);
        return waking;
    }

    // While VirtFusion hangs, the tasks together take longer than a heartbeat may be missing.
    private async Task RunAsync(IEnumerable<HeartbeatTask> some, CancellationToken ct)
    {
        foreach (var task in some)
        {
            await NoteAsync(ct);
            await TryAsync(task.Name, () => RunAsync(task, ct), ct);
        }
    }

    private Task NoteAsync(CancellationToken ct) => TryAsync("noting the heartbeat", () => lastHeartbeat.StoreAsync(ct), ct);

    private async Task RunAsync(HeartbeatTask task, CancellationToken ct)
    {
        using var over = new CancellationTokenSource(task.MaxTime ?? Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, over.Token);
        try
        {
            await task.RunAsync(either.Token);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested) // The next heartbeat continues.
        {
        }
    }

    // Null while the job's run is executing.
    private Task<List<StartedRun>>? Wake(string job, TimeSpan maxWait, CancellationToken deadline)
    {
        if (_waking.TryGetValue(job, out var before) && !before.IsCompleted)
            return null;
        return _waking[job] = WakeJobAsync();

        async Task<List<StartedRun>> WakeJobAsync()
        {
            List<StartedRun> started = [];
            await TryAsync($"waking {job}", async () => started = await runner.WakeInBackgroundAsync(job, maxWait, deadline),
                CancellationToken.None);
            return started;
        }
    }

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
            if (_outages.TryRemove(what, out _))
                logger.LogInformation("Heartbeat: {What} works again", what);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // The caller's time is over: the next heartbeat continues.
        {
        }
        catch (Exception e) // A defect in one part must not stop the others.
        {
            if (!RunError.IsOutage(e))
                logger.LogError(e, "Heartbeat: {What} failed", what);
            else if (_outages.TryAdd(what, true))
                logger.LogError("Heartbeat: {What} failed, and is tried again each minute: {Reason}", what, RunError.Of(e).Message);
        }
    }
}
