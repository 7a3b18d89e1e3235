using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.OpenApi;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Jobs;

/// <summary>Jobs over HTTP. The Door decides who may call; the host's own keys are not relied on.</summary>
public sealed class CronFunctions(
    Gate gate, StatusEndpoints status, TriggerEndpoints trigger, SettingsEndpoints settings, MetricsEndpoints metrics, RunQueries runs, JobRunner runner)
{
    /// <summary>Shows what the jobs are doing.</summary>
    [Function("GetStatus")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(StatusAnswer))]
    public Task<IResult> GetStatusAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = StatusEndpoints.Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, _ => status.GetAsync(request.HttpContext.RequestAborted));

    /// <summary>Bills now.</summary>
    /// <remarks>Answers when the run has ended, or after 100 seconds with 202 while it goes on.</remarks>
    [Function("TriggerHourlyBilling")]
    [Operation(Role.Operator, Body = typeof(TriggerBody), IsRepeatable = true, Refuses = [409])]
    [Answer(200, typeof(TriggerAnswer))]
    [Answer(202, typeof(RunGoesOn))]
    public Task<IResult> TriggerHourlyBillingAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = TriggerEndpoints.HourlyBillingRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Operator, caller => trigger.TriggerAsync(request, caller, BillingSettings.Job));

    /// <summary>Runs a job now.</summary>
    /// <remarks>Answers when the run has ended, or after 100 seconds with 202 while it goes on.</remarks>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("TriggerJob")]
    [Operation(Role.Operator, Body = typeof(TriggerBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(TriggerAnswer))]
    [Answer(202, typeof(RunGoesOn))]
    public Task<IResult> TriggerJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = TriggerEndpoints.Route)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Operator, caller => trigger.TriggerAsync(request, caller, job));

    /// <summary>Lists runs, newest first.</summary>
    [Function("ListRuns")]
    [Operation(Role.Viewer, Query = typeof(RunsQuery))]
    [Answer(200, typeof(RunPage))]
    public Task<IResult> ListRunsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = RunEndpoints.ListRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, _ => RunEndpoints.ListAsync(request, runs, runner, request.HttpContext.RequestAborted));

    /// <summary>Shows a run, what it charged and what went wrong.</summary>
    /// <param name="runId">The run's number.</param>
    [Function("GetRun")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(RunDetails))]
    public Task<IResult> GetRunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = RunEndpoints.FindRoute)] HttpRequest request, string runId) =>
        gate.EnterAsync(request, Role.Viewer, _ => RunEndpoints.FindAsync(long.Parse(runId, CultureInfo.InvariantCulture), runs, request.HttpContext.RequestAborted));

    /// <summary>Shows how well the jobs did, and what was billed by day.</summary>
    [Function("GetMetrics")]
    [Operation(Role.Viewer, Query = typeof(MetricsQuery))]
    [Answer(200, typeof(MetricsAnswer))]
    public Task<IResult> GetMetricsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = MetricsEndpoints.Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, _ => metrics.GetAsync(request, request.HttpContext.RequestAborted));

    /// <summary>Shows a job's settings.</summary>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("GetJobSettings")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(SettingsAnswer))]
    public Task<IResult> GetJobSettingsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = SettingsEndpoints.Route)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Viewer, _ => settings.GetAsync(job, request.HttpContext.RequestAborted));

    /// <summary>Changes a job's settings.</summary>
    /// <remarks>What is left out keeps its value; nothing is stored unless all is valid. Live without a restart.</remarks>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("PutJobSettings")]
    [Operation(Role.Admin, Body = typeof(SettingsBody), Refuses = [404, 409])]
    [Answer(200, typeof(SettingsAnswer))]
    public Task<IResult> PutJobSettingsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = SettingsEndpoints.Route)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Admin, caller => settings.PutAsync(request, caller, job, request.HttpContext.RequestAborted));

    /// <summary>Tells what a schedule means, and stores nothing.</summary>
    [Function("ValidateSchedule")]
    [Operation(Role.Viewer, Body = typeof(ScheduleBody))]
    [Answer(200, typeof(ScheduleAnswer))]
    public Task<IResult> ValidateScheduleAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = SettingsEndpoints.ValidateRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, _ => settings.ValidateAsync(request));
}
