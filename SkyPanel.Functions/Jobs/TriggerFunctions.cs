using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Jobs;

/// <summary>Serves manual runs over HTTP.</summary>
public sealed class TriggerFunctions(Gate gate, JobTrigger trigger)
{
    /// <summary>Runs a job now.</summary>
    /// <remarks>Answers when the run has ended, or after 90 seconds with 202 when the next heartbeat continues it.</remarks>
    /// <param name="job">The job's name, such as <c>hourly-billing</c>.</param>
    [Function("TriggerJob")]
    [Operation(Role.Operator, Body = typeof(TriggerBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(TriggerAnswer))]
    [Answer(202, typeof(RunGoesOn))]
    public Task<IResult> TriggerJobAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/cron/jobs/{job}/trigger")] HttpRequest request, string job) =>
        gate.EnterAsync(request, Role.Operator, (caller, _) => trigger.TriggerAsync(request, caller, job));
}
