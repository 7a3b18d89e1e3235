using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves manual billing runs and the details of runs over HTTP.</summary>
public sealed class BillingRunFunctions(Gate gate, JobTrigger trigger, RunQueries runs, RunServers servers)
{
    /// <summary>Bills now.</summary>
    /// <remarks>Answers when the run has ended, or after 90 seconds with 202 when the next heartbeat continues it.</remarks>
    [Function("TriggerHourlyBilling")]
    [Operation(Role.Operator, Body = typeof(TriggerBody), IsRepeatable = true, Refuses = [409])]
    [Answer(200, typeof(TriggerAnswer))]
    [Answer(202, typeof(RunGoesOn))]
    public Task<IResult> TriggerHourlyBillingAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/cron/trigger-hourly-billing")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Operator, (caller, _) => trigger.TriggerAsync(request, caller, BillingSettings.Job));

    /// <summary>Shows a run with its charges and errors.</summary>
    /// <param name="runId">The run's number.</param>
    [Function("GetRun")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(RunDetails))]
    public Task<IResult> FindAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/cron/runs/{runId:long}")] HttpRequest request,
        string runId) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var id = RouteValue.LongId(runId, "run");
            return await runs.FindAsync(id, ct) is { } run
                ? ApiJson.Ok(new RunDetails(run, await servers.ReadAsync(id, ct), await runs.ErrorsAsync(id, ct)))
                : Problem.NotFound($"There is no run {id}.");
        });
}

/// <summary>A run with its charges and errors.</summary>
/// <param name="Servers">The first 10,000 servers of a billing run; empty when it billed more than 200,000 server-hours. Each hour is also
/// among its server's charges.</param>
public sealed record RunDetails(Run Run, IReadOnlyList<RunServer> Servers, IReadOnlyList<RunError> Errors);
