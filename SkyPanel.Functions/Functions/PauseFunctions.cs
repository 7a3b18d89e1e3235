using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Admin;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Functions;

/// <summary>Stops jobs and runs over HTTP.</summary>
public sealed class PauseFunctions(Door door, PauseEndpoints pauses, CancelEndpoints cancels)
{
    [Function("PauseAll")]
    public Task<IResult> PauseAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseEndpoints.PauseAllRoute)] HttpRequest request) =>
        door.EnterAsync(request, Role.Admin, caller => pauses.PauseAsync(request, caller, Pauses.All));

    [Function("ResumeAll")]
    public Task<IResult> ResumeAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseEndpoints.ResumeAllRoute)] HttpRequest request) =>
        door.EnterAsync(request, Role.Admin, caller => pauses.ResumeAsync(request, caller, Pauses.All));

    [Function("PauseJob")]
    public Task<IResult> PauseJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseEndpoints.PauseRoute)] HttpRequest request, string job) =>
        door.EnterAsync(request, Role.Admin, caller => pauses.PauseAsync(request, caller, job));

    [Function("ResumeJob")]
    public Task<IResult> ResumeJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = PauseEndpoints.ResumeRoute)] HttpRequest request, string job) =>
        door.EnterAsync(request, Role.Admin, caller => pauses.ResumeAsync(request, caller, job));

    [Function("CancelRun")]
    public Task<IResult> CancelRunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = CancelEndpoints.Route)] HttpRequest request, string runId) =>
        door.EnterAsync(request, Role.Operator, caller => cancels.CancelAsync(request, caller, long.Parse(runId, CultureInfo.InvariantCulture)));
}
