using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Serves the run log over HTTP.</summary>
public sealed class RunFunctions(Gate gate, JobRegistry jobs, RunQueries runs, Leases leases, Idempotency idempotency)
{
    /// <summary>Lists runs, newest first.</summary>
    [Function("ListRuns")]
    [Operation(Role.Viewer, Query = typeof(RunsQuery))]
    [Answer(200, typeof(RunPage))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/cron/logs")] HttpRequest request) =>
        gate.EnterAsync<RunsQuery>(request, Role.Viewer, async (_, query, ct) =>
        {
            if (query.Job is { } job && jobs.Find(job) is null)
                throw new BadInputException("job", $"must be one of {string.Join(", ", jobs.All.Select(known => known.Name))}");
            var page = await runs.ListAsync(query.Job, query.Status is { } status ? EnumText.Parse<RunStatus>(status) : null, query.From,
                query.To, query.Cursor, query.Limit, ct);
            return ApiJson.Ok(new RunPage(page, query.Next(page, run => run.RunId)));
        });

    /// <summary>Requests a run to stop at its next safe point.</summary>
    /// <remarks>Works for a run in any process.</remarks>
    /// <param name="runId">The run's number.</param>
    [Function("CancelRun")]
    [Operation(Role.Operator, IsRepeatable = true, Refuses = [404, 409])]
    [Answer(202, typeof(CancelAnswer))]
    public Task<IResult> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/cron/runs/{runId:long}/cancel")] HttpRequest request,
        string runId) =>
        gate.EnterAsync(request, Role.Operator, (caller, _) =>
        {
            var id = RouteValue.LongId(runId, "run");
            return idempotency.OnceAsync(request, caller, $"cancel run {id}", "",
                connection => RequestStopAsync(connection, caller, id));
        });

    private async Task<IResult> RequestStopAsync(NpgsqlConnection connection, Caller caller, long runId)
    {
        if (!await StopRequests.CancelAsync(connection, runId, caller.Name))
            return await runs.FindAsync(runId, CancellationToken.None) is { } run
                ? Problem.Conflict($"Run {runId} isn't running: it ended as {run.Status.Text()}.")
                : Problem.NotFound($"There is no run {runId}.");
        await Audit.WriteAsync(connection, caller, "cancel", $"run {runId}", new { status = RunStatus.Running },
            new { status = RunStatus.Running, cancelRequestedBy = caller.Name }, null);
        return ApiJson.Ok(new CancelAnswer(true, runId,
            $"It stops at its next safe point, within {Math.Ceiling(leases.TimeToLive.TotalSeconds / 3)} s and what it is in the middle " +
            "of."), 202);
    }
}

/// <summary>A page of runs, the newest first.</summary>
/// <param name="NextCursor">The value of <c>cursor</c> for the next page; null on the last one.</param>
public sealed record RunPage(IReadOnlyList<Run> Runs, string? NextCursor);

/// <summary>Selects the runs to list.</summary>
public sealed class RunsQuery : PageQuery
{
    /// <summary>A job's name.</summary>
    public string? Job { get; set; }

    /// <summary>The status of the runs.</summary>
    [AllowedValues("running", "succeeded", "partial", "failed", "skipped", "held", "cancelled", "abandoned")]
    public string? Status { get; set; }

    /// <summary>The earliest start.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>The end of the span of starts, exclusive.</summary>
    public DateTimeOffset? To { get; set; }
}

/// <summary>The confirmation of a request to stop.</summary>
public sealed record CancelAnswer(bool Success, long RunId, string Message);
