using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Admin;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Functions;

/// <summary>Jobs over HTTP. The Door decides who may call; the host's own keys are not relied on.</summary>
public sealed class CronFunctions(
    Door door, StatusEndpoints status, TriggerEndpoints trigger, SettingsEndpoints settings, MetricsEndpoints metrics, RunQueries runs, JobRunner runner)
{
    [Function("GetStatus")]
    public Task<IResult> GetStatusAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = StatusEndpoints.Route)] HttpRequest request) =>
        door.EnterAsync(request, Role.Viewer, _ => status.GetAsync(request.HttpContext.RequestAborted));

    [Function("TriggerHourlyBilling")]
    public Task<IResult> TriggerHourlyBillingAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = TriggerEndpoints.HourlyBillingRoute)] HttpRequest request) =>
        door.EnterAsync(request, Role.Operator, caller => trigger.TriggerAsync(request, caller, BillingSettings.Job));

    [Function("TriggerJob")]
    public Task<IResult> TriggerJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = TriggerEndpoints.Route)] HttpRequest request, string job) =>
        door.EnterAsync(request, Role.Operator, caller => trigger.TriggerAsync(request, caller, job));

    [Function("ListRuns")]
    public Task<IResult> ListRunsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = RunEndpoints.ListRoute)] HttpRequest request) =>
        door.EnterAsync(request, Role.Viewer, _ => RunEndpoints.ListAsync(request, runs, runner, request.HttpContext.RequestAborted));

    [Function("GetRun")]
    public Task<IResult> GetRunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = RunEndpoints.FindRoute)] HttpRequest request, string runId) =>
        door.EnterAsync(request, Role.Viewer, _ => RunEndpoints.FindAsync(long.Parse(runId, CultureInfo.InvariantCulture), runs, request.HttpContext.RequestAborted));

    [Function("GetMetrics")]
    public Task<IResult> GetMetricsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = MetricsEndpoints.Route)] HttpRequest request) =>
        door.EnterAsync(request, Role.Viewer, _ => metrics.GetAsync(request, request.HttpContext.RequestAborted));

    [Function("GetJobSettings")]
    public Task<IResult> GetJobSettingsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = SettingsEndpoints.Route)] HttpRequest request, string job) =>
        door.EnterAsync(request, Role.Viewer, _ => settings.GetAsync(job, request.HttpContext.RequestAborted));

    [Function("PutJobSettings")]
    public Task<IResult> PutJobSettingsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = SettingsEndpoints.Route)] HttpRequest request, string job) =>
        door.EnterAsync(request, Role.Admin, caller => settings.PutAsync(request, caller, job, request.HttpContext.RequestAborted));

    [Function("ValidateSchedule")]
    public Task<IResult> ValidateScheduleAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = SettingsEndpoints.ValidateRoute)] HttpRequest request) =>
        door.EnterAsync(request, Role.Viewer, _ => settings.ValidateAsync(request));
}
