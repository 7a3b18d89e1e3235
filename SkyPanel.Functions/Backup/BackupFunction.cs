using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Backup;

/// <summary>Wakes the backup on schedule.</summary>
public sealed class BackupFunction(JobRunner runner)
{
    [Function("Backup")]
    public Task RunAsync([TimerTrigger("%Cron:Backup:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(BackupJob.Name, cancellationToken);
}
