using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Maintenance;
using SkyPanel.Functions.Payments;

namespace SkyPanel.Functions.Hosting;

/// <summary>Wakes the jobs on schedule. The database decides which occurrence is due, so a missed, late or repeated tick is
/// harmless.</summary>
public sealed class TimerFunctions(JobRunner runner, Heartbeat heartbeat)
{
    [Function("HourlyBilling")]
    public Task HourlyBillingAsync([TimerTrigger("%Cron:HourlyBilling:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(BillingSettings.Job, cancellationToken);

    [Function("DnsRenewal")]
    public Task DnsRenewalAsync([TimerTrigger("%Cron:DnsRenewal:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(DnsSettings.Job, cancellationToken);

    [Function("Monitoring")]
    public Task MonitoringAsync([TimerTrigger("%Cron:Monitoring:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(MonitoringJob.Name, cancellationToken);

    [Function("Backup")]
    public Task BackupAsync([TimerTrigger("%Cron:Backup:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(BackupJob.Name, cancellationToken);

    [Function("Maintenance")]
    public Task MaintenanceAsync([TimerTrigger("%Cron:Maintenance:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(MaintenanceJob.Name, cancellationToken);

    [Function("Payments")]
    public Task PaymentsAsync([TimerTrigger("%Cron:Payments:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        runner.WakeAsync(PaymentsJob.Name, cancellationToken);

    /// <summary>Runs due jobs, including those that their timers missed, and the registered tasks.</summary>
    [Function("Heartbeat")]
    public Task HeartbeatAsync([TimerTrigger("%Cron:Heartbeat:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        heartbeat.BeatAsync(cancellationToken);
}
