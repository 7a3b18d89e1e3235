using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Payments;

/// <summary>Wakes the sweep of the top-ups on schedule.</summary>
public sealed class PaymentsFunction(JobRunner runner)
{
    [Function("Payments")]
    public Task RunAsync([TimerTrigger("%Cron:Payments:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(PaymentsJob.Name, cancellationToken);
}
