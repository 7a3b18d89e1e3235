using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.OpenApi;

namespace SkyPanel.Functions.Jobs;

/// <summary>Stops jobs and runs over HTTP.</summary>
public sealed class PauseFunctions(Gate gate, PauseEndpoints pauses, CancelEndpoints cancels)
{
    /// <summary>Pauses all jobs.</summary>
    /// <remarks>What runs stops at a safe point; nothing is started, also by hand, until it is resumed.</remarks>
    [Function("PauseAll")]
    [Operation(Role.Admin, Body = typeof(PauseBody), IsRepeatable = true)]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> PauseAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseEndpoints.PauseAllRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, caller => pauses.PauseAsync(request, caller, Pauses.All));

    /// <summary>Resumes all jobs, but for those that are paused by themselves.</summary>
    [Function("ResumeAll")]
    [Operation(Role.Admin, Body = typeof(ResumeBody), IsRepeatable = true)]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> ResumeAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseEndpoints.ResumeAllRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Admin, caller => pauses.ResumeAsync(request, caller, Pauses.All));

    /// <summary>Pauses a job.</summary>
    /// <remarks>What runs stops at a safe point; nothing is started, also by hand, until it is resumed.</remarks>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("PauseJob")]
    [Operation(Role.Admin, Body = typeof(PauseBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> PauseJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseEndpoints.PauseRoute)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Admin, caller => pauses.PauseAsync(request, caller, job));

    /// <summary>Resumes a job; while all jobs are paused, it stays so.</summary>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("ResumeJob")]
    [Operation(Role.Admin, Body = typeof(ResumeBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(PauseAnswer))]
    public Task<IResult> ResumeJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseEndpoints.ResumeRoute)] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Admin, caller => pauses.ResumeAsync(request, caller, job));

    /// <summary>Asks a run to stop at its next safe point.</summary>
    /// <remarks>Whichever process executes it.</remarks>
    /// <param name="runId">The run's number.</param>
    [Function("CancelRun")]
    [Operation(Role.Operator, IsRepeatable = true, Refuses = [404, 409])]
    [Answer(202, typeof(CancelAnswer))]
    public Task<IResult> CancelRunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = CancelEndpoints.Route)] HttpRequest request, string runId) =>
        gate.EnterAsync(request, Role.Operator, caller => cancels.CancelAsync(request, caller, long.Parse(runId, CultureInfo.InvariantCulture)));
}
