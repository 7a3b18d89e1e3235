using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Functions.Telemetry;

namespace SkyPanel.Functions.Jobs;

/// <summary>Runs jobs: decides which occurrence is due, claims it, takes the lease, opens the run, and closes it whatever happens.</summary>
public sealed class JobRunner(
    JobTypes jobs, Leases leases, RunLog log, Retries retries, Dependencies dependencies, Pauses pauses, StopRequests requests, RunsApart apart, TimeProvider time,
    IOptions<JobOptions> options, IOptions<LedgerOptions> ledger, RunTelemetry telemetry, ILogger<JobRunner> logger) : IDisposable
{
    // A timer may fire a little early; then the occurrence is waited for.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);

    // After a run this long its timer has little time left for another.
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(1);

    private readonly string _holder = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}"[..Math.Min(80, Environment.MachineName.Length + 20)];

    // A host gives a timer little more time than one run may take. Nothing is claimed yet, and the heartbeat wakes every job each minute and waits its turn.
    private static readonly TimeSpan TimersPatience = TimeSpan.FromSeconds(30);

    private readonly RunRoom _room = new(options.Value.MaxParallelRuns, time);

    public IReadOnlyList<JobType> Jobs => jobs.All;

    public JobType? Find(string name) => jobs.Find(name);

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
        if (outcome is { Status: "succeeded" } && time.GetElapsedTime(since) < Short && !ct.IsCancellationRequested)
        {
            foreach (var waiting in await dependencies.WaitersAsync(name, ct))
                await WakeAsync(waiting, patience, ct);
        }
    }

    private async Task<RunOutcome?> StartDueAsync(JobType job, CancellationToken ct)
    {
        var settings = await job.ReadSettings(ct);
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

    private async Task<OpenedRun?> OpenDueAsync(JobType job, JobSettings settings, DateTimeOffset occurrence, CancellationToken ct)
    {
        if (options.Value.CatchUpWindowOf(job) is { } window && await log.PassOverAsync(settings, occurrence, window, ct) is { } message)
            logger.LogWarning("{Job}: {Message}", job.Title, message);
        // Of what was passed over nothing is due any more.
        return await log.OpenDueAsync(settings, occurrence, ct);
    }

    private async Task<RunOutcome?> BeginAsync(JobType job, JobSettings settings, DateTimeOffset dueAt, Func<Task<OpenedRun?>> openAsync, CancellationToken ct)
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
        return run is null ? null : await ExecuteAsync(job, new(run.RunId, run.Trigger, fence, settings, false, run.Attempt, [.. others.Select(other => other.Since(dueAt))]), ct);
    }

    /// <summary>Starts a run at an admin's wish, whether or not the job is enabled. It goes on when the caller has gone.</summary>
    /// <returns>Null while another run executes; else the run and its end.</returns>
    public async Task<(long RunId, Task<RunOutcome> Outcome)?> TriggerAsync(JobType job, string requestedBy, bool isDryRun, CancellationToken ct)
    {
        var settings = await job.ReadSettings(ct);
        if (await leases.AcquireAsync(job.Name, _holder, ct) is not { } fence)
            return null;

        var runId = 0L;
        try
        {
            if (!isDryRun)
                runId = await log.OpenAsync(job.Name, "manual", requestedBy, null, 0, ct) ?? 0;
        }
        catch
        {
            await leases.ReleaseAsync(fence);
            throw;
        }
        return (runId, apart.Start(stopping => ExecuteAsync(job, new(runId, "manual", fence, settings, isDryRun), stopping)));
    }

    public void Dispose() => _room.Dispose();

    private async Task<RunOutcome> ExecuteAsync(JobType job, RunContext run, CancellationToken ct)
    {
        var startedAt = time.GetTimestamp();
        using var span = RunTelemetry.Start(job.Name, run.RunId, run.Trigger);
        using var scope = logger.BeginScope("run {RunId}", run.RunId);
        logger.LogInformation("{Job} started: run {RunId}, {Trigger}{Attempt}", job.Title, run.RunId, run.IsDryRun ? "dry run" : run.Trigger,
            run.Attempt > 1 ? $", attempt {run.Attempt} of {retries.MostAttempts}" : "");
        RunOutcome outcome;
        using (var timeBox = new CancellationTokenSource(options.Value.TimeBox, time))
        using (var ends = CancellationTokenSource.CreateLinkedTokenSource(ct, timeBox.Token))
        await using (var keeper = new LeaseKeeper(leases, requests, run.Fence, run.RunId, time, logger, ends.Token))
        {
            outcome = await StepAsync(job, run, keeper.Token);
            if (outcome.Status == "cancelled")
                outcome = keeper.StopReason is { } asked ? outcome.Stopped(asked, isWanted: true)
                    : ct.IsCancellationRequested ? outcome.Stopped("the app was stopped", isWanted: false)
                    : timeBox.IsCancellationRequested ? outcome.OutOfTime(options.Value.TimeBox)
                    : outcome.Stopped("its lease could not be renewed", isWanted: false);
            // Its lease is kept until then: a heartbeat closes what has none.
            if (!run.IsDryRun)
                outcome = await CloseAsync(job, run, outcome);
        }
        await leases.ReleaseAsync(run.Fence);
        var elapsed = time.GetElapsedTime(startedAt);
        telemetry.End(span, job.Name, run.Trigger, outcome.Status, outcome.Message, elapsed, outcome.Hours, outcome.Tokens, outcome.Errors.Count);
        Report(job, run, outcome, elapsed);
        if (!run.IsDryRun && outcome.Status != "abandoned")
            await TellRunTimesAsync(job);
        return outcome;
    }

    private async Task TellRunTimesAsync(JobType job)
    {
        if (job.TellRunTimes is not { } tellAsync)
            return;
        try
        {
            var settings = await job.ReadSettings(CancellationToken.None); // An admin may have changed them while the run worked.
            var now = await log.NowAsync(CancellationToken.None);
            await tellAsync(now, settings.Enabled ? settings.Schedule.Next(now) : null, CancellationToken.None);
        }
        catch (NpgsqlException e) // What the panel's page shows is no reason to call a run that has ended a failed one.
        {
            logger.LogWarning("The panel could not be told when {Job} ran: {Reason}", job.Title, e.Message);
        }
    }

    private async Task<RunOutcome> CloseAsync(JobType job, RunContext run, RunOutcome outcome)
    {
        var mayRetry = outcome is { Status: "failed" or "cancelled" or "abandoned", IsRetriable: true };
        var retryAfter = mayRetry ? retries.After(run.Trigger, run.RunId, run.Attempt, run.Settings.Schedule, await log.NowAsync(CancellationToken.None)) : null;
        var (isClosed, retryAt) = await log.CloseAsync(run.RunId, outcome, retryAfter);
        if (retryAt is not null)
            logger.LogWarning("{Job} is run again at {RetryAt:HH:mm:ss} UTC: run {RunId} {Status} at attempt {Attempt} of {MostAttempts}",
                job.Title, retryAt, run.RunId, outcome.Status, run.Attempt, retries.MostAttempts);
        return isClosed ? outcome : outcome with { Status = "abandoned", Message = "its lease was lost and another run took over; what it had committed stands" };
    }

    private async Task<RunOutcome> StepAsync(JobType job, RunContext run, CancellationToken ct)
    {
        try
        {
            if (!run.IsDryRun)
                await log.TakeOverAsync(run.Fence, run.RunId, run.WaitedFor ?? [], ct);
            return await job.Step(run, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // Stopping, the time box, the lease lost, or somebody asked.
        {
            return await CutOffAsync(run, new("cancelled", "stopped at a safe point: the next run goes on from there", []));
        }
        catch (LeaseLostException e) // Before its keeper noticed, and whether or not another run has begun by now.
        {
            return await CutOffAsync(run, new("abandoned", e.Message, []));
        }
        catch (Exception e) // The run log is where a failed run is told; the next run catches up.
        {
            logger.LogError(e, "{Job} failed: run {RunId}", job.Title, run.RunId);
            var error = RunError.Of(e);
            return await CutOffAsync(run, new("failed", error.Message, [error]));
        }
    }

    private async Task<RunOutcome> CutOffAsync(RunContext run, RunOutcome outcome)
    {
        try
        {
            return run.IsDryRun ? outcome : await log.WithFiguresAsync(run.RunId, outcome);
        }
        catch (NpgsqlException e) // Then it can't be closed either, and the next run tells its figures.
        {
            logger.LogError("The figures of run {RunId} could not be read: {Reason}", run.RunId, e.Message);
            return outcome;
        }
    }

    private void Report(JobType job, RunContext run, RunOutcome outcome, TimeSpan elapsed)
    {
        logger.LogInformation("{Job} {Ending} in {DurationMs} ms: run {RunId} {Status}{Message}", job.Title, run.IsDryRun ? "dry run completed" : "completed",
            (long)elapsed.TotalMilliseconds, run.RunId, outcome.Status, outcome.Message is null ? "" : $": {outcome.Message}");
        if (job.Name == BillingSettings.Job || outcome is { Servers: > 0 } or { Tokens: > 0 }) // Most jobs bill nothing by nature.
            logger.LogInformation("{Servers} servers processed, {Amount} total billed, {Hours} hours, {Tokens} tokens debited",
                outcome.Servers, ledger.Value.Write(outcome.Amount), outcome.Hours, outcome.Tokens);
        if (outcome.Errors.Count > 0)
            logger.LogError("Errors encountered: {Count}", outcome.Errors.Count);
        foreach (var error in outcome.Errors.Take(100))
            logger.LogError("  - {Error}", error);
    }
}
