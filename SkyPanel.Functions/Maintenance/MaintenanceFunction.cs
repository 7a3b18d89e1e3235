using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Maintenance;

/// <summary>Wakes the maintenance on schedule.</summary>
public sealed class MaintenanceFunction(JobRunner runner)
{
    [Function("Maintenance")]
    public Task RunAsync([TimerTrigger("%Cron:Maintenance:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(MaintenanceJob.Name, cancellationToken);
}
