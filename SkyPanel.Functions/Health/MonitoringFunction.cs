using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Health;

/// <summary>Wakes the monitoring on schedule.</summary>
public sealed class MonitoringFunction(JobRunner runner)
{
    [Function("Monitoring")]
    public Task RunAsync([TimerTrigger("%Cron:Monitoring:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(MonitoringJob.Name, cancellationToken);
}
