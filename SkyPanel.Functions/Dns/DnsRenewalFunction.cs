using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Dns;

/// <summary>Wakes the DNS renewals on schedule.</summary>
public sealed class DnsRenewalFunction(JobRunner runner)
{
    [Function("DnsRenewal")]
    public Task RunAsync([TimerTrigger("%Cron:DnsRenewal:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(DnsSettings.Job, cancellationToken);
}
