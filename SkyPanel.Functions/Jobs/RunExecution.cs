using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Jobs;

/// <summary>Executes one run: renews its lease, runs the job within the time box, and always closes the run and logs its outcome.</summary>
public sealed class RunExecution(
    Leases leases, RunLog log, Retries retries, StopRequests requests, TimeProvider time, IOptions<JobOptions> options,
    IOptions<LedgerOptions> ledger, RunTelemetry telemetry, ILogger<RunExecution> logger)
{
    /// <param name="deadline">Cancelled when the time of the request is over: at its next safe point the run is left to the next
    /// heartbeat.</param>
    /// <param name="ct">Cancelled at a shutdown: the run ends at its next safe point.</param>
    /// <returns>The outcome; <see cref="RunStatus.Running"/> when the run was left to the next heartbeat.</returns>
    public async Task<RunOutcome> ExecuteAsync(IJob job, RunContext run, CancellationToken deadline, CancellationToken ct)
    {
        var startedAt = time.GetTimestamp();
        using var span = RunTelemetry.Start(job.Name, run.RunId, run.Trigger.Text());
        using var scope = logger.BeginScope("{Run}", run.Label);
        logger.LogInformation("🕐 {Job} {Beginning}: {Run}, {Trigger}{Attempt}", job.Title, run.IsContinued ? "goes on" : "started",
            run.Label, run.Trigger.Text(), run.Attempt > 1 ? $", attempt {run.Attempt} of {retries.MaxAttempts}" : "");
        RunOutcome outcome;
        using (var timeBox = new CancellationTokenSource(options.Value.TimeBox, time))
        using (var ends = CancellationTokenSource.CreateLinkedTokenSource(ct, timeBox.Token, deadline))
        await using (var keeper = new LeaseKeeper(leases, requests, run, time, logger, ends.Token))
        {
            outcome = await StepAsync(job, run, keeper.Token);
            if (outcome.Status == RunStatus.Cancelled)
                outcome = await ExplainStopAsync(job, run, outcome, keeper, timeBox.Token, deadline, ct);
            // Keeps the lease until then, as a heartbeat closes runs without one.
            if (outcome.Status == RunStatus.Running)
                await log.HandOverAsync(run.RunId, outcome.HasProgressed);
            else if (!run.IsDryRun)
                outcome = await CloseAsync(job, run, run.IsContinued ? await log.WithFiguresAsync(run.RunId, outcome) : outcome);
        }
        await leases.ReleaseAsync(run.Fence);
        var elapsed = time.GetElapsedTime(startedAt);
        if (outcome.Status == RunStatus.Running)
        {
            logger.LogInformation("{Job} is not finished after {DurationMs}ms: {Run}: {Message}", job.Title,
                (long)elapsed.TotalMilliseconds, run.Label, outcome.Message);
            return outcome;
        }
        telemetry.End(span, job.Name, run.Trigger.Text(), outcome.Status.Text(), outcome.Status is RunStatus.Failed or RunStatus.Abandoned,
            outcome.Message, elapsed, outcome.Hours, outcome.Tokens, outcome.Errors.Count);
        Report(job, run, outcome, elapsed);
        if (!run.IsDryRun && outcome.Status != RunStatus.Abandoned)
            await TellRunTimesAsync(job, hasRun: true);
        return outcome;
    }

    /// <summary>Writes a job's next run time to the panel and, after a run, the latest.</summary>
    public async Task TellRunTimesAsync(IJob job, bool hasRun)
    {
        try
        {
            var settings = await job.ReadSettingsAsync(CancellationToken.None); // An admin may have changed them during the run.
            var now = await log.NowAsync(CancellationToken.None);
            await job.WriteRunTimesAsync(hasRun ? now : null, settings.Enabled ? settings.Schedule.Next(now) : null,
                CancellationToken.None);
        }
        catch (NpgsqlException e) // The panel's display doesn't make a run fail.
        {
            logger.LogWarning("The panel could not be told when {Job} runs: {Reason}", job.Title, e.Message);
        }
    }

    private async Task<RunOutcome> CloseAsync(IJob job, RunContext run, RunOutcome outcome)
    {
        var mayRetry = outcome is { Status: RunStatus.Failed or RunStatus.Cancelled or RunStatus.Abandoned, IsRetriable: true };
        var retryAfter = mayRetry ? retries.After(run.Trigger, run.RunId, run.Attempt, run.Settings.Schedule,
            await log.NowAsync(CancellationToken.None)) : null;
        var (isClosed, retryAt) = await log.CloseAsync(run.RunId, outcome, retryAfter);
        if (retryAt is not null)
            logger.LogWarning("{Job} is run again at {RetryAt:HH:mm:ss} UTC: run {RunId} {Status} at attempt {Attempt} of {MaxAttempts}",
                job.Title, retryAt, run.RunId, outcome.Status.Text(), run.Attempt, retries.MaxAttempts);
        return isClosed ? outcome : outcome with { Status = RunStatus.Abandoned,
            Message = "its lease was lost and another run took over; what it had committed stands" };
    }

    private async Task<RunOutcome> StepAsync(IJob job, RunContext run, CancellationToken ct)
    {
        try
        {
            if (!run.IsDryRun)
                await log.TakeOverAsync(run.Fence, run.RunId, run.WaitedFor ?? [], ct);
            return await job.RunAsync(run, ct);
        }
        catch (Exception e) when (ct.IsCancellationRequested && IsOfCancelling(e)) // The time box, the lease lost, or somebody asked.
        {
            return await CutOffAsync(run, new(RunStatus.Cancelled, "stopped at a safe point: the next run goes on from there", []));
        }
        catch (LeaseLostException e) // Before LeaseKeeper noticed, whether or not another run has started.
        {
            return await CutOffAsync(run, new(RunStatus.Abandoned, e.Message, []));
        }
        catch (Exception e) // The run log has the failure; the next run catches up.
        {
            if (!RunError.IsOutage(e)) // Otherwise one line is logged below.
                logger.LogError(e, "{Job} met an error that it doesn't know: {Run}", job.Title, run.Label);
            var error = RunError.Of(e);
            return await CutOffAsync(run, new(RunStatus.Failed, error.Message, [error]));
        }
    }

    // Several causes may have come at once: the first one counts.
    private async Task<RunOutcome> ExplainStopAsync(IJob job, RunContext run, RunOutcome outcome, LeaseKeeper keeper,
        CancellationToken timeBox, CancellationToken deadline, CancellationToken ct)
    {
        if (keeper.StopReason is { } asked)
            return outcome.Stopped(asked, isWanted: true);
        if (ct.IsCancellationRequested)
            return outcome.Stopped("the app was stopped", isWanted: false);
        if (deadline.IsCancellationRequested && run.IsDryRun)
            return outcome.Stopped("it takes longer than an answer may", isWanted: false);
        if (deadline.IsCancellationRequested)
            return outcome with { Status = RunStatus.Running,
                Message = "the request that it began in had no more time: the next heartbeat goes on with it" };
        if (timeBox.IsCancellationRequested)
            return outcome.OutOfTime(options.Value.TimeBox);
        // The delivery may detect a pause before LeaseKeeper does.
        if (await requests.FindAsync(job.Name, run.RunId, CancellationToken.None) is { } late)
            return outcome.Stopped(late, isWanted: true);
        if (keeper.Token.IsCancellationRequested)
            return outcome.Stopped("its lease could not be renewed", isWanted: false);
        return outcome with { IsRetriable = false }; // The pause has ended: the heartbeat delivers the rest.
    }

    private async Task<RunOutcome> CutOffAsync(RunContext run, RunOutcome outcome)
    {
        try
        {
            return run.IsDryRun ? outcome : await log.WithFiguresAsync(run.RunId, outcome);
        }
        catch (NpgsqlException e) // Then it can't be closed either, and the next run reports its figures.
        {
            logger.LogError("The figures of run {RunId} could not be read: {Reason}", run.RunId, e.Message);
            return outcome;
        }
    }

    // Also as the database and its driver say it.
    private static bool IsOfCancelling(Exception e) =>
        e is OperationCanceledException or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled }
            or { InnerException: OperationCanceledException or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } };

    private void Report(IJob job, RunContext run, RunOutcome outcome, TimeSpan elapsed)
    {
        var (level, mark, ending) = outcome.Status switch
        {
            RunStatus.Succeeded or RunStatus.Partial => (LogLevel.Information, "✅", "completed in"),
            RunStatus.Skipped => (LogLevel.Warning, "⏭️", "skipped after"),
            RunStatus.Cancelled => (LogLevel.Warning, "⏹️", "cancelled after"),
            RunStatus.Held => (LogLevel.Warning, "⏸️", "held after"),
            RunStatus.Abandoned => (LogLevel.Error, "❌", "abandoned after"),
            _ => (LogLevel.Error, "❌", "failed after"),
        };
        logger.Log(level, "{Mark} {Job} {Ending} {DurationMs}ms: {Run}{Message}", mark, job.Title, ending, (long)elapsed.TotalMilliseconds,
            run.Label,
            outcome.Message is null ? "" : $": {outcome.Message}");
        // Omits zeros, which would look like results below a failure.
        var hasFigures = outcome is { Servers: > 0 } or { Tokens: > 0 };
        if (hasFigures || (job.Bills && outcome.Status is RunStatus.Succeeded or RunStatus.Partial))
            logger.LogInformation("📊 Results: {Servers} servers processed, {Amount} total billed, {Hours} hours, {Tokens} tokens " +
                "debited: {Run}",
                outcome.Servers, ledger.Value.Write(outcome.Amount), outcome.Hours, outcome.Tokens, run.Label);
        // The cause is logged above.
        var errors = outcome.Errors.Where(error => outcome.Message?.Contains(error.Message, StringComparison.Ordinal) != true).ToList();
        if (errors.Count > 0)
            logger.LogError("❌ Errors encountered: {Count} in {Run}", errors.Count, run.Label);
        foreach (var error in errors.Take(100))
            logger.LogError("  - {Error}", error);
    }
}
