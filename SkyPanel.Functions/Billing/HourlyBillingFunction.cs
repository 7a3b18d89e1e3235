using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Wakes the hourly billing on schedule. The database decides which occurrence is due, so a missed, late or repeated tick is
/// harmless.</summary>
public sealed class HourlyBillingFunction(JobRunner runner)
{
    [Function("HourlyBilling")]
    public Task RunAsync([TimerTrigger("%Cron:HourlyBilling:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(BillingSettings.Job, cancellationToken);
}
