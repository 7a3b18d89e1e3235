using Microsoft.AspNetCore.Http;
using Npgsql;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Asks a run to stop at its next safe point, whichever process executes it.</summary>
public sealed class CancelEndpoints(RunQueries runs, Leases leases, Idempotency idempotency)
{
    public const string Route = "api/admin/cron/runs/{runId:long}/cancel";

    public Task<IResult> CancelAsync(HttpRequest request, Caller caller, long runId) =>
        idempotency.OnceAsync(request, caller, "", transaction => AskAsync(transaction.Connection!, caller, runId));

    private async Task<(int, object)> AskAsync(NpgsqlConnection connection, Caller caller, long runId)
    {
        if (!await StopRequests.CancelAsync(connection, runId, caller.Name))
            return await runs.FindAsync(runId, CancellationToken.None) is { } run
                ? (409, Problem.Conflict($"Run {runId} isn't running: it ended as {run.Status}."))
                : (404, Problem.NotFound($"There is no run {runId}."));
        await Audit.WriteAsync(connection, caller, "cancel", $"run {runId}", new { status = "running" }, new { status = "running", cancelRequestedBy = caller.Name }, null);
        return (202, new CancelAnswer(true, runId, $"It stops at its next safe point, within {Math.Ceiling(leases.TimeToLive.TotalSeconds / 3)} s and what it is in the middle of."));
    }
}

/// <summary>The run was told to stop.</summary>
public sealed record CancelAnswer(bool Success, long RunId, string Message);
