using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Telemetry;

namespace SkyPanel.Functions.Jobs;

/// <summary>One run, from its lease to its end: keeps the lease, takes the job's step within the time box, closes the run whatever happened, and tells it.</summary>
public sealed class RunExecution(
    Leases leases, RunLog log, Retries retries, StopRequests requests, TimeProvider time, IOptions<JobOptions> options, IOptions<LedgerOptions> ledger,
    RunTelemetry telemetry, ILogger<RunExecution> logger)
{
    /// <param name="ct">Cancelled when the app is stopped: the run ends at its next safe point.</param>
    public async Task<RunOutcome> ExecuteAsync(IJob job, RunContext run, CancellationToken ct)
    {
        var startedAt = time.GetTimestamp();
        using var span = RunTelemetry.Start(job.Name, run.RunId, run.Trigger.Text());
        using var scope = logger.BeginScope("run {RunId}", run.RunId);
        logger.LogInformation("{Job} started: run {RunId}, {Trigger}{Attempt}", job.Title, run.RunId, run.IsDryRun ? "dry run" : run.Trigger.Text(),
            run.Attempt > 1 ? $", attempt {run.Attempt} of {retries.MostAttempts}" : "");
        RunOutcome outcome;
        using (var timeBox = new CancellationTokenSource(options.Value.TimeBox, time))
        using (var ends = CancellationTokenSource.CreateLinkedTokenSource(ct, timeBox.Token))
        await using (var keeper = new LeaseKeeper(leases, requests, run.Fence, run.RunId, time, logger, ends.Token))
        {
            outcome = await StepAsync(job, run, keeper.Token);
            if (outcome.Status == RunStatus.Cancelled)
                outcome = keeper.StopReason is { } asked ? outcome.Stopped(asked, isWanted: true)
                    : ct.IsCancellationRequested ? outcome.Stopped("the app was stopped", isWanted: false)
                    : timeBox.IsCancellationRequested ? outcome.OutOfTime(options.Value.TimeBox)
                    // Its delivery may have met a pause before its keeper did.
                    : await requests.FindAsync(job.Name, run.RunId, CancellationToken.None) is { } late ? outcome.Stopped(late, isWanted: true)
                    : keeper.Token.IsCancellationRequested ? outcome.Stopped("its lease could not be renewed", isWanted: false)
                    : outcome with { IsRetriable = false }; // A pause that is over: the heartbeat takes what is left.
            // Its lease is kept until then: a heartbeat closes what has none.
            if (!run.IsDryRun)
                outcome = await CloseAsync(job, run, outcome);
        }
        await leases.ReleaseAsync(run.Fence);
        var elapsed = time.GetElapsedTime(startedAt);
        telemetry.End(span, job.Name, run.Trigger.Text(), outcome.Status.Text(), outcome.Status is RunStatus.Failed or RunStatus.Abandoned, outcome.Message, elapsed, outcome.Hours, outcome.Tokens, outcome.Errors.Count);
        Report(job, run, outcome, elapsed);
        if (!run.IsDryRun && outcome.Status != RunStatus.Abandoned)
            await TellRunTimesAsync(job, hasRun: true);
        return outcome;
    }

    /// <summary>Tells the panel's page when a job runs next and, where one has ended now, when it ran last.</summary>
    public async Task TellRunTimesAsync(IJob job, bool hasRun)
    {
        try
        {
            var settings = await job.ReadSettingsAsync(CancellationToken.None); // An admin may have changed them while the run worked.
            var now = await log.NowAsync(CancellationToken.None);
            await job.WriteRunTimesAsync(hasRun ? now : null, settings.Enabled ? settings.Schedule.Next(now) : null, CancellationToken.None);
        }
        catch (NpgsqlException e) // What the panel's page shows is no reason to call a run that has ended a failed one.
        {
            logger.LogWarning("The panel could not be told when {Job} runs: {Reason}", job.Title, e.Message);
        }
    }

    private async Task<RunOutcome> CloseAsync(IJob job, RunContext run, RunOutcome outcome)
    {
        var mayRetry = outcome is { Status: RunStatus.Failed or RunStatus.Cancelled or RunStatus.Abandoned, IsRetriable: true };
        var retryAfter = mayRetry ? retries.After(run.Trigger, run.RunId, run.Attempt, run.Settings.Schedule, await log.NowAsync(CancellationToken.None)) : null;
        var (isClosed, retryAt) = await log.CloseAsync(run.RunId, outcome, retryAfter);
        if (retryAt is not null)
            logger.LogWarning("{Job} is run again at {RetryAt:HH:mm:ss} UTC: run {RunId} {Status} at attempt {Attempt} of {MostAttempts}",
                job.Title, retryAt, run.RunId, outcome.Status.Text(), run.Attempt, retries.MostAttempts);
        return isClosed ? outcome : outcome with { Status = RunStatus.Abandoned, Message = "its lease was lost and another run took over; what it had committed stands" };
    }

    private async Task<RunOutcome> StepAsync(IJob job, RunContext run, CancellationToken ct)
    {
        try
        {
            if (!run.IsDryRun)
                await log.TakeOverAsync(run.Fence, run.RunId, run.WaitedFor ?? [], ct);
            return await job.RunAsync(run, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) // Stopping, the time box, the lease lost, or somebody asked.
        {
            return await CutOffAsync(run, new(RunStatus.Cancelled, "stopped at a safe point: the next run goes on from there", []));
        }
        catch (LeaseLostException e) // Before its keeper noticed, and whether or not another run has begun by now.
        {
            return await CutOffAsync(run, new(RunStatus.Abandoned, e.Message, []));
        }
        catch (Exception e) // The run log is where a failed run is told; the next run catches up.
        {
            logger.LogError(e, "{Job} failed: run {RunId}", job.Title, run.RunId);
            var error = RunError.Of(e);
            return await CutOffAsync(run, new(RunStatus.Failed, error.Message, [error]));
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

    private void Report(IJob job, RunContext run, RunOutcome outcome, TimeSpan elapsed)
    {
        logger.LogInformation("{Job} {Ending} in {DurationMs} ms: run {RunId} {Status}{Message}", job.Title, run.IsDryRun ? "dry run completed" : "completed",
            (long)elapsed.TotalMilliseconds, run.RunId, outcome.Status.Text(), outcome.Message is null ? "" : $": {outcome.Message}");
        if (job.Bills || outcome is { Servers: > 0 } or { Tokens: > 0 }) // Most jobs bill nothing by nature.
            logger.LogInformation("{Servers} servers processed, {Amount} total billed, {Hours} hours, {Tokens} tokens debited",
                outcome.Servers, ledger.Value.Write(outcome.Amount), outcome.Hours, outcome.Tokens);
        if (outcome.Errors.Count > 0)
            logger.LogError("Errors encountered: {Count}", outcome.Errors.Count);
        foreach (var error in outcome.Errors.Take(100))
            logger.LogError("  - {Error}", error);
    }
}
