using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.OpenApi;

namespace SkyPanel.Functions.Health;

/// <summary>Wakes the monitoring on schedule, and tells what it found.</summary>
public sealed class MonitoringFunction(JobRunner runner, Gate gate, MonitoringEndpoints monitoring)
{
    [Function("Monitoring")]
    public Task RunAsync([TimerTrigger("%Cron:Monitoring:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(MonitoringJob.Name, cancellationToken);

    /// <summary>Lists what monitoring looks at, and how it stands.</summary>
    [Function("ListChecks")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(ChecksAnswer))]
    public Task<IResult> ListChecksAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = MonitoringEndpoints.ChecksRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, _ => monitoring.ChecksAsync(request.HttpContext.RequestAborted));
}
