using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Starts a run for a request. It continues if the caller hangs up, and after the request's time the next heartbeat
/// continues it.</summary>
public sealed class JobTrigger(JobRegistry jobs, JobRunner runner, Pauses pauses, Audit audit, Idempotency idempotency, TimeProvider time)
{
    // The rest of the time is for reaching a safe point.
    private static readonly TimeSpan MaxRunTime = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan MaxAnswerTime = TimeSpan.FromSeconds(100);

    /// <summary>Starts a run and waits for its end, 90 seconds at most.</summary>
    public async Task<IResult> TriggerAsync(HttpRequest request, Caller caller, string jobName)
    {
        var job = jobs.Get(jobName);
        var isDryRun = (await ApiJson.ReadAsync<TriggerBody>(request)).DryRun;
        return await idempotency.OnceAsync(request, caller, $"trigger {job.Name}", isDryRun ? "dry" : "",
            () => RunAsync(job, caller, isDryRun));
    }

    private async Task<IResult> RunAsync(IJob job, Caller caller, bool isDryRun)
    {
        if (await pauses.FindAsync(job.Name, CancellationToken.None) is { } pause)
            return Problem.Conflict($"{job.Name} is {pause}");
        // Ignores a hang-up of the caller, which must not interrupt the start of a run.
        using var deadline = new CancellationTokenSource(MaxRunTime, time);
        if (await runner.TriggerAsync(job, caller.Name, isDryRun, CancellationToken.None, deadline.Token) is not var (runId, outcome))
            return Problem.Conflict($"A run of {job.Name} is executing.");
        if (!isDryRun)
            await audit.WriteAsync(caller, "trigger", job.Name, null, new { runId }, null, CancellationToken.None);

        if (await Task.WhenAny(outcome, Task.Delay(MaxAnswerTime, time)) != outcome || await outcome is { Status: RunStatus.Running })
            return isDryRun ? Problem.Unavailable("It takes longer than an answer may; nothing was written.")
                : ApiJson.Ok(new RunGoesOn(true, $"{job.Title} goes on: ask for its run later", runId), 202);
        if (isDryRun && deadline.IsCancellationRequested)
            return Problem.Unavailable("It takes longer than an answer may; nothing was written.");
        return ApiJson.Ok(Answer(job, runId, await outcome, isDryRun));
    }

    private static TriggerAnswer Answer(IJob job, long runId, RunOutcome outcome, bool isDryRun)
    {
        var message = outcome.Status switch
        {
            RunStatus.Succeeded or RunStatus.Partial when isDryRun => $"{job.Title} computed, nothing was written",
            RunStatus.Succeeded or RunStatus.Partial => $"{job.Title} triggered successfully",
            _ => $"{job.Title} {outcome.Status.Text()}: {outcome.Message}",
        };
        return new(outcome.Status is RunStatus.Succeeded or RunStatus.Partial, message, isDryRun ? null : runId, isDryRun, outcome.Status,
            new(outcome.Servers, outcome.Hours, outcome.Amount, outcome.Tokens, outcome.Errors, outcome.Message, outcome.TakeOver));
    }
}

/// <summary>A request for a run.</summary>
public sealed class TriggerBody
{
    /// <summary>True: only computes, and writes nothing.</summary>
    public bool DryRun { get; set; }
}

/// <summary>A completed run.</summary>
/// <param name="Success">Whether it succeeded, at least in part.</param>
/// <param name="RunId">Null for a dry run, which leaves no trace.</param>
/// <param name="Status"><c>succeeded</c>, <c>partial</c>, <c>failed</c>, <c>skipped</c>, <c>held</c>, <c>cancelled</c>, or
/// <c>abandoned</c>: the lease was lost.</param>
public sealed record TriggerAnswer(
    bool Success, string Message, long? RunId, bool DryRun, RunStatus Status, TriggerResult Result);

/// <summary>The result of a run.</summary>
/// <param name="ProcessedServers">Servers with at least one charged hour.</param>
/// <param name="TotalBilled">Currency units.</param>
/// <param name="TakeOver">Hours billed by the panel that the run passed over, of servers not taken over before; null when there are
/// none.</param>
public sealed record TriggerResult(
    int ProcessedServers, long HoursBilled, decimal TotalBilled, long TokensDebited, IReadOnlyList<RunError> Errors, string? Details,
        object? TakeOver);

/// <summary>A run that continues after the answer.</summary>
public sealed record RunGoesOn(bool Success, string Message, long RunId);
