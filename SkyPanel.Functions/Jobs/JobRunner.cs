using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Starts runs: decides which occurrence is due, takes the lease, claims it and opens its run.</summary>
public sealed class JobRunner(
    JobTypes jobs, Leases leases, RunLog log, Retries retries, Dependencies dependencies, Pauses pauses, BackgroundRuns apart, RunExecution execution, TimeProvider time,
    IOptions<JobOptions> options, ILogger<JobRunner> logger) : IDisposable
{
    // A timer may fire a little early; then the occurrence is waited for.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);

    // After a run this long its timer has little time left for another.
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(1);

    private readonly string _holder = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}"[..Math.Min(80, Environment.MachineName.Length + 20)];

    // A host gives a timer little more time than one run may take. Nothing is claimed yet, and the heartbeat wakes every job each minute and waits its turn.
    private static readonly TimeSpan TimersPatience = TimeSpan.FromSeconds(30);

    private readonly RunSlots _room = new(options.Value.MaxParallelRuns, time);

    public IReadOnlyList<IJob> Jobs => jobs.All;

    public IJob? Find(string name) => jobs.Find(name);

    /// <summary>A timer woke: starts the latest occurrence of the stored schedule that is due, else the failed run that is to be run again, if any. Many may
    /// wake at once. Where there is no room within half a minute, it is left to the heartbeat.</summary>
    public Task WakeAsync(string name, CancellationToken ct) => WakeAsync(name, TimersPatience, ct);

    /// <summary>The same for a caller that no long run may keep waiting: it goes on when the caller has gone, until the app is stopped, and waits for room however long.</summary>
    public Task WakeApartAsync(string name) => apart.Start(async ct =>
    {
        await WakeAsync(name, Timeout.InfiniteTimeSpan, ct);
        return true;
    });

    private async Task WakeAsync(string name, TimeSpan patience, CancellationToken ct)
    {
        var job = Find(name) ?? throw new ArgumentOutOfRangeException(nameof(name), name, "no such job");
        var since = time.GetTimestamp();
        RunOutcome? outcome;
        if (!await _room.TakeAsync(patience, ct))
        {
            logger.LogInformation("{Job} finds no room beside the runs under way (Jobs:MaxParallelRuns): the heartbeat wakes it again", job.Title);
            return;
        }
        try
        {
            outcome = await StartDueAsync(job, ct);
        }
        finally
        {
            _room.GiveBack();
        }
        // Else at the next heartbeat.
        if (outcome is { Status: RunStatus.Succeeded } && time.GetElapsedTime(since) < Short && !ct.IsCancellationRequested)
        {
            foreach (var waiting in await dependencies.WaitersAsync(name, ct))
                await WakeAsync(waiting, patience, ct);
        }
    }

    private async Task<RunOutcome?> StartDueAsync(IJob job, CancellationToken ct)
    {
        var settings = await job.ReadSettingsAsync(ct);
        if (!settings.Enabled)
            return null;

        var now = await log.NowAsync(ct);
        if (await log.DueAsync(settings, now + Early, ct) is not var (occurrence, _))
            return await retries.FindDueAsync(job.Name, settings, now, ct) is { RetryAt: { } retryAt } failed
                ? await BeginAsync(job, settings, retryAt, () => log.OpenRetryAsync(failed, ct), ct) : null;
        while (occurrence > now)
        {
            await Task.Delay(occurrence - now, time, ct);
            now = await log.NowAsync(ct);
        }
        return await BeginAsync(job, settings, occurrence, () => OpenDueAsync(job, settings, occurrence, ct), ct);
    }

    private async Task<OpenedRun?> OpenDueAsync(IJob job, JobSettings settings, DateTimeOffset occurrence, CancellationToken ct)
    {
        if (options.Value.CatchUpWindowOf(job) is { } window && await log.PassOverAsync(settings, occurrence, window, ct) is { } message)
            logger.LogWarning("{Job}: {Message}", job.Title, message);
        // Of what was passed over nothing is due any more.
        return await log.OpenDueAsync(settings, occurrence, ct);
    }

    private async Task<RunOutcome?> BeginAsync(IJob job, JobSettings settings, DateTimeOffset dueAt, Func<Task<OpenedRun?>> openAsync, CancellationToken ct)
    {
        if (await dependencies.FindReadyAsync(job, ct) is not { } others)
            return null;
        // Asked last: a pause of this very second counts.
        if (await pauses.FindAsync(job.Name, ct) is not null)
            return null;
        // The lease first: an occurrence that finds a run under way stays due, and is run after it.
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
        return run is null ? null : await execution.ExecuteAsync(job, new(run.RunId, run.Trigger, fence, settings, false, run.Attempt, [.. others.Select(other => other.Since(dueAt))]), ct);
    }

    /// <summary>Starts a run at an admin's wish, whether or not the job is enabled. It goes on when the caller has gone.</summary>
    /// <returns>Null while another run executes; else the run and its end.</returns>
    public async Task<(long RunId, Task<RunOutcome> Outcome)?> TriggerAsync(IJob job, string requestedBy, bool isDryRun, CancellationToken ct)
    {
        var settings = await job.ReadSettingsAsync(ct);
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
        return (runId, apart.Start(stopping => execution.ExecuteAsync(job, new(runId, RunTrigger.Manual, fence, settings, isDryRun), stopping)));
    }

    public void Dispose() => _room.Dispose();
}
