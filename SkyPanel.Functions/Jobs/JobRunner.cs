using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Starts runs: decides which occurrence is due, takes the lease, claims it and opens its run.</summary>
public sealed class JobRunner(
    JobRegistry jobs, Leases leases, RunLog log, Retries retries, Dependencies dependencies, Pauses pauses, BackgroundRuns background,
    RunExecution execution, TimeProvider time, IOptions<JobOptions> options, ILogger<JobRunner> logger) : IDisposable
{
    // A timer may fire early by this time, and then waits for the occurrence.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);

    // After a run of this length its timer has little time for another.
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(1);

    private static readonly string Stuck = $"it made no progress in {RunLog.MaxIdleTurns} requests, and no heartbeat of the app itself, " +
        "which has no time limit, continued it: check that the app's timers run (Cron:Heartbeat:Schedule)";

    private readonly string _holder =
        $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}"[..Math.Min(80, Environment.MachineName.Length + 20)];

    // A host gives a timer little more time than for one run. Without a claim yet, the heartbeat starts the job within a minute.
    private static readonly TimeSpan SlotTimeout = TimeSpan.FromSeconds(30);

    private readonly RunSlots _slots = new(options.Value.MaxParallelRuns, time);

    public IReadOnlyList<IJob> Jobs => jobs.All;

    public IJob? Find(string name) => jobs.Find(name);

    /// <summary>Called by timers, possibly concurrently: starts the latest due occurrence of the stored schedule, otherwise a due retry.
    /// Without a free slot within half a minute it leaves the run to the heartbeat.</summary>
    public Task<List<StartedRun>> WakeAsync(string name, CancellationToken ct) => WakeAsync(name, SlotTimeout, default, ct);

    /// <summary>The same for a heartbeat, which waits longer for a slot. Its runs stop at a safe point at a
    /// shutdown.</summary>
    /// <param name="name">The job's name.</param>
    /// <param name="maxWait">The maximum wait for a slot.</param>
    /// <param name="deadline">Cancelled when its runs must be left to the next heartbeat.</param>
    public Task<List<StartedRun>> WakeInBackgroundAsync(string name, TimeSpan maxWait, CancellationToken deadline) =>
        background.Start(async stopping =>
    {
        try
        {
            return await WakeAsync(name, maxWait, deadline, stopping);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested) // Before anything was started.
        {
            return [];
        }
    });

    private async Task<List<StartedRun>> WakeAsync(string name, TimeSpan maxWait, CancellationToken deadline, CancellationToken ct)
    {
        var job = Find(name) ?? throw new ArgumentOutOfRangeException(nameof(name), name, "no such job");
        var since = time.GetTimestamp();
        StartedRun? run;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline);
        if (!await _slots.TakeAsync(maxWait, either.Token))
        {
            logger.LogInformation("{Job} waits, as Jobs:MaxParallelRuns runs are in progress: the heartbeat wakes it again",
                job.Title);
            return [];
        }
        try
        {
            run = await StartDueAsync(job, deadline, ct);
        }
        finally
        {
            _slots.Release();
        }
        List<StartedRun> started = run is null ? [] : [run];
        // Otherwise the next heartbeat does it.
        if (run is { Status: RunStatus.Succeeded } && time.GetElapsedTime(since) < Short && !ct.IsCancellationRequested
            && !deadline.IsCancellationRequested)
        {
            foreach (var waiting in await dependencies.WaitersAsync(name, ct))
                started.AddRange(await WakeAsync(waiting, maxWait, deadline, ct));
        }
        return started;
    }

    private async Task<StartedRun?> StartDueAsync(IJob job, CancellationToken deadline, CancellationToken ct)
    {
        var settings = await job.ReadSettingsAsync(ct);
        // Also for a disabled job, whose run was started manually.
        if (await log.IsHandedOverAsync(job.Name, ct))
            return await AdoptAsync(job, settings, deadline, ct);
        if (!settings.Enabled)
            return null;

        var now = await log.NowAsync(ct);
        if (await log.DueAsync(settings, now + Early, ct) is not var (occurrence, _))
            return await retries.FindDueAsync(job.Name, settings, now, ct) is { RetryAt: { } retryAt } failed
                ? await BeginAsync(job, settings, retryAt, () => log.OpenRetryAsync(failed, ct), deadline, ct) : null;
        while (occurrence > now)
        {
            await Task.Delay(occurrence - now, time, ct);
            now = await log.NowAsync(ct);
        }
        return await BeginAsync(job, settings, occurrence, () => log.OpenDueAsync(settings, occurrence, ct), deadline, ct);
    }

    private async Task<StartedRun?> BeginAsync(IJob job, JobSettings settings, DateTimeOffset dueAt, Func<Task<OpenedRun?>> openAsync,
        CancellationToken deadline, CancellationToken ct)
    {
        if (await dependencies.FindReadyAsync(job, ct) is not { } others)
            return null;
        // Read last, to include a pause just made.
        if (await pauses.FindAsync(job.Name, ct) is not null)
            return null;
        // Takes the lease first, so that an occurrence during another run stays due.
        if (await leases.AcquireAsync(job.Name, _holder, ct) is not { } fence)
            return null;
        OpenedRun? run = null;
        try
        {
            run = await openAsync();
        }
        finally
        {
            if (run is null)
                await leases.ReleaseAsync(fence);
        }
        if (run is null)
            return null;
        var outcome = await execution.ExecuteAsync(job, new(run.RunId, run.Trigger, fence, settings, false, run.Attempt,
            [.. others.Select(other => other.Since(dueAt))]), deadline, ct);
        return new(job.Name, run.RunId, run.Trigger, outcome.Status);
    }

    // Continues a run whose request ran out of time.
    private async Task<StartedRun?> AdoptAsync(IJob job, JobSettings settings, CancellationToken deadline, CancellationToken ct)
    {
        if (await leases.AcquireAsync(job.Name, _holder, ct) is not { } fence)
            return null;
        (OpenedRun Run, bool IsStuck)? adopted = null;
        try
        {
            adopted = await log.AdoptAsync(job.Name, isLimited: deadline.CanBeCanceled, ct);
        }
        finally
        {
            if (adopted is null)
                await leases.ReleaseAsync(fence);
        }
        if (adopted is not var (run, isStuck))
            return null;
        var end = await pauses.FindAsync(job.Name, CancellationToken.None) is { } pause ? new(RunStatus.Cancelled, $"{pause}", [])
            : isStuck ? new RunOutcome(RunStatus.Failed, Stuck, []) : null;
        if (end is not null)
        {
            logger.LogWarning("{Job} {Ending}: run {RunId}: {Message}", job.Title, end.Status.Text(), run.RunId, end.Message);
            await log.CloseAsync(run.RunId, await log.WithFiguresAsync(run.RunId, end), null);
            await leases.ReleaseAsync(fence);
            return isStuck ? new(job.Name, run.RunId, run.Trigger, end.Status) : null;
        }
        var context = new RunContext(run.RunId, run.Trigger, fence, settings, false, run.Attempt) { IsContinued = true };
        var outcome = await execution.ExecuteAsync(job, context, deadline, ct);
        return new(job.Name, run.RunId, run.Trigger, outcome.Status);
    }

    /// <summary>Starts a manual run, whether or not the job is enabled. It continues after the caller has hung up.</summary>
    /// <param name="job">The job to run.</param>
    /// <param name="requestedBy">The caller's name.</param>
    /// <param name="isDryRun">Whether it only computes.</param>
    /// <param name="ct">Cancels only the start.</param>
    /// <param name="deadline">Cancelled when the caller can wait no longer: at its next safe point the run is left to the next heartbeat;
    /// a dry run is cancelled.</param>
    /// <returns>The run and its outcome; null while another run executes.</returns>
    public async Task<(long RunId, Task<RunOutcome> Outcome)?> TriggerAsync(IJob job, string requestedBy, bool isDryRun,
        CancellationToken ct, CancellationToken deadline = default)
    {
        var settings = await job.ReadSettingsAsync(ct);
        if (await log.IsHandedOverAsync(job.Name, ct))
            return null;
        if (await leases.AcquireAsync(job.Name, _holder, ct) is not { } fence)
            return null;

        var runId = 0L;
        try
        {
            if (!isDryRun)
                runId = await log.OpenAsync(job.Name, RunTrigger.Manual, requestedBy, null, 0, ct) ?? 0;
        }
        catch
        {
            await leases.ReleaseAsync(fence);
            throw;
        }
        return (runId, background.Start(stopping => execution.ExecuteAsync(job, new(runId, RunTrigger.Manual, fence, settings, isDryRun),
            deadline, stopping)));
    }

    public void Dispose() => _slots.Dispose();
}
