using Microsoft.AspNetCore.Http;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Starts a run for a request. It goes on when the caller hangs up, but not beyond the request: then the next heartbeat
/// continues it.</summary>
public sealed class JobTrigger(JobTypes jobs, JobRunner runner, Pauses pauses, Audit audit, Idempotency idempotency, TimeProvider time)
{
    // From then on a run has the rest of the time to come to a safe point.
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(100);

    /// <summary>Starts a run and waits for its end, 90 seconds at most.</summary>
    public async Task<IResult> TriggerAsync(HttpRequest request, Caller caller, string jobName)
    {
        var job = jobs.Get(jobName);
        var isDryRun = (await ApiJson.ReadAsync<TriggerBody>(request)).DryRun ?? false;
        return await idempotency.OnceAsync(request, caller, $"trigger {job.Name}", isDryRun ? "dry" : "",
            () => RunAsync(job, caller, isDryRun));
    }

    private async Task<(int, object)> RunAsync(IJob job, Caller caller, bool isDryRun)
    {
        if (await pauses.FindAsync(job.Name, CancellationToken.None) is { } pause)
            return (409, Problem.Conflict($"{job.Name} is {pause}"));
        // Not the request's token: a caller that hangs up must not stop a run half way through its start.
        using var outOfTime = new CancellationTokenSource(LongestRun, time);
        if (await runner.TriggerAsync(job, caller.Name, isDryRun, CancellationToken.None, outOfTime.Token) is not var (runId, outcome))
            return (409, Problem.Conflict($"A run of {job.Name} is executing."));
        if (!isDryRun)
            await audit.WriteAsync(caller, "trigger", job.Name, null, new { runId }, null, CancellationToken.None);

        if (await Task.WhenAny(outcome, Task.Delay(LongestAnswer, time)) != outcome || await outcome is { Status: RunStatus.Running })
            return isDryRun ? (503, Problem.Unavailable("It takes longer than an answer may; nothing was written."))
                : (202, new RunGoesOn(true, $"{job.Title} goes on: ask for its run later", runId));
        if (isDryRun && outOfTime.IsCancellationRequested)
            return (503, Problem.Unavailable("It takes longer than an answer may; nothing was written."));
        return (200, Answer(job, runId, await outcome, isDryRun));
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

/// <summary>How a run is started.</summary>
public sealed class TriggerBody
{
    /// <summary>Tells what a run would do, and writes nothing.</summary>
    public bool? DryRun { get; set; }
}

/// <summary>A run that has ended.</summary>
/// <param name="Success">It succeeded, at least in part.</param>
/// <param name="RunId">Null for a dry run, which leaves no trace.</param>
/// <param name="Status"><c>succeeded</c>, <c>partial</c>, <c>failed</c>, <c>skipped</c>, <c>held</c>, <c>cancelled</c>, or
/// <c>abandoned</c>: the lease was lost.</param>
public sealed record TriggerAnswer(
    bool Success, string Message, long? RunId, bool DryRun, RunStatus Status, TriggerResult Result);

/// <summary>What a run did.</summary>
/// <param name="ProcessedServers">Those with at least one hour charged.</param>
/// <param name="TotalBilled">Currency units.</param>
/// <param name="TakeOver">What the panel billed and the run passed over, of servers that no admin has taken over yet; null when there are
/// none.</param>
public sealed record TriggerResult(
    int ProcessedServers, long HoursBilled, decimal TotalBilled, long TokensDebited, IReadOnlyList<RunError> Errors, string? Details,
        object? TakeOver);

/// <summary>A run that takes longer than an answer may.</summary>
public sealed record RunGoesOn(bool Success, string Message, long RunId);
