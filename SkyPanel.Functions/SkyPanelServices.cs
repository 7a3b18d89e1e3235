using Microsoft.Extensions.Hosting;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.ConsoleUi;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Customers.Notices;
using SkyPanel.Functions.Dns;
using SkyPanel.Functions.Health;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Maintenance;
using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.Panel;
using SkyPanel.Functions.Payments;
using SkyPanel.Functions.Scheduling;
using SkyPanel.Functions.Settings;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Functions.Wallet;
using SkyPanel.Functions.WhatIf;

namespace SkyPanel.Functions;

/// <summary>Registers the services of both hosts as concrete singletons, since the database is the only state.</summary>
public static class SkyPanelServices
{
    /// <exception cref="StartException">The connection string is absent or can't be read.</exception>
    public static IHostApplicationBuilder AddSkyPanel(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        // Its lines contain a stack trace for each attempt; the run or heartbeat logs the result of the call.
        builder.Logging.AddFilter("Polly", LogLevel.None);
        // Startup reports a failed start in one line.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        services.AddDatabase(builder.Configuration);
        services.AddSingleton(TimeProvider.System).AddSingleton<DatabaseClock>();
        services.AddSecrets(builder.Configuration);
        services.AddVirtFusion().AddSingleton<PanelConnection>();
        services.AddSingleton<OutboxClaims>().AddSingleton<OutboxDelivery>().AddDiscord().AddMailAndWebhooks().AddMonitoring();

        services.AddSection<LedgerOptions>("Billing").AddSection<BillingOptions>("Billing").AddSection<MeteringOptions>("Metering")
            .AddSection<WalletOptions>("Wallet").AddSection<JobOptions>("Jobs").AddSection<AdminOptions>("Admin")
            .AddSection<BackupOptions>("Backup").AddSection<MaintenanceOptions>("Maintenance")
            .AddSection<OutboxOptions>("Outbox").AddSection<DiscordOptions>("Discord").AddSection<DnsOptions>("Dns")
                .AddSection<MonitoringOptions>("Monitoring")
            .AddSection<PanelOptions>("Panel").AddSection<PublicOptions>("Public").AddSection<DatabaseOptions>("Database");
        services.AddPayPal().AddTopUps().AddCustomers().AddNotices();

        services.AddSingleton<Accounts>();
        services.AddSingleton<Enrolments>().AddSingleton<Observer>().AddSingleton<NativeUsage>();
        services.AddSingleton<Charges>().AddSingleton<CatchUp>().AddSingleton<Bounds>().AddSingleton<DueAmounts>()
            .AddSingleton<RunPlanner>()
            .AddSingleton<PortionCharge>().AddSingleton<PanelRows>().AddSingleton<Interlock>()
            .AddSingleton<BillingRun>().AddSingleton<Holds>().AddSingleton<ChargeQueries>().AddSingleton<AccountPages>()
                .AddSingleton<AccountRows>().AddSingleton<Timeline>().AddSingleton<Summaries>().AddSingleton<BillingStatus>()
            .AddSingleton<ScratchTransaction>().AddSingleton<MonthEngine>().AddSingleton<Forecasts>().AddSingleton<StoredForecasts>()
                .AddSingleton<Simulations>().AddSingleton<Shadows>().AddSingleton<Repairs>().AddSingleton<Drifts>()
            .AddSingleton<Corrections>().AddSingleton<BoundedCorrections>().AddSingleton<PanelRepairs>()
                .AddSingleton<Explain>().AddSingleton<Integrity>().AddSingleton<RunServers>();
        services.AddSingleton<PastBilling>()
            .AddKeyedSingleton<Func<DateTimeOffset, CancellationToken, Task>>(PastBilling.ObserveKey,
                (all, _) => all.GetRequiredService<PastBilling>().ObserveAsync)
            .AddKeyedSingleton<Func<DateTimeOffset, CancellationToken, Task>>(PastBilling.BillKey,
                (all, _) => all.GetRequiredService<PastBilling>().BillAsync);
        services.AddSingleton<Debits>().AddSingleton<Claims>().AddSingleton<Settlements>().AddSingleton<PanelTransactions>()
            .AddSingleton<WalletProof>().AddSingleton<WalletReadings>()
            .AddSingleton<Delivery>().AddSingleton<InDoubt>().AddSingleton<HeldDebits>().AddSingleton<DebitQueries>()
                .AddSingleton<Refunds>();
        services.AddSingleton<BillingSettings>().AddSingleton<DnsSettings>().AddSingleton<OwnSettings>().AddSingleton<ScheduleSync>();
        services.AddSingleton<Subscriptions>().AddSingleton<Renewals>().AddSingleton<GracePeriods>().AddSingleton<OverdueSuspensions>()
            .AddSingleton<DnsInterlock>()
            .AddSingleton<RenewalRun>().AddSingleton<DnsStatus>();
        services.AddSingleton<BackupWriter>().AddSingleton<Backups>().AddSingleton<Retention>().AddSingleton<Statistics>();
        services.AddJobs()
            .AddJob<HourlyBillingJob>()
            .AddJob<DnsRenewalJob>()
            .AddJob<MonitoringJob>()
            .AddJob<BackupJob>()
            .AddJob<MaintenanceJob>()
            .AddJob<PaymentsJob>();
        AddHeartbeat(services);
        services.AddClockRepairs(
            [.. WalletClockRepairs.All, .. OutboxClockRepairs.All, .. MeteringClockRepairs.All, StoredForecasts.ClockRepair,
                ClockRepair.ToNow("dns_graces", ["insufficient_since", "suspended_at"])]);
        services.AddSingleton<DatabaseFindings>().AddSingleton<OutsideFindings>().AddSingleton<HeartbeatFindings>()
            .AddSingleton<JobFindings>().AddSingleton<ScheduleStoreFindings>().AddSingleton<SecretFindings>().AddSingleton<Examination>()
            .AddSingleton<Readiness>();
        services.AddSingleton(provider => new KnownSettings(
            "Cron", [.. provider.GetServices<IJob>().Select(job => job.ScheduleSetting["Cron:".Length..]), "Heartbeat:Schedule"]));
        services.AddGate().AddSingleton<ConsoleFiles>();
        builder.AddForwardedHeaders().AddTelemetry();
        services.AddAppConfiguration(builder.Configuration);
        return builder;
    }

    // A task that works through a queue has a limit: a large run's debits, or a VirtFusion that hangs, take many minutes.
    private static void AddHeartbeat(IServiceCollection services) => services
        .AddSingleton<ObserveTask>().AddSingleton<StandingsTask>().AddSingleton<SuspensionsTask>()
        // Also where another process observes.
        .AddHeartbeatTask<PanelConnection>(
            "reading VirtFusion's address and token", (connection, ct) => connection.RefreshAsync(ct), isBeforeJobs: true)
        .AddHeartbeatTask<Interlock>("reading the interlock", (interlock, ct) => interlock.ReadAsync(ct))
        .AddHeartbeatTask<ObserveTask>("observing VirtFusion", (task, ct) => task.RunAsync(ct))
        .AddHeartbeatTask<InDoubt>("resolving debits in doubt", (inDoubt, ct) => inDoubt.ResolveAsync(ct), HeartbeatTask.QueueTime)
        .AddHeartbeatTask<Delivery>("delivering debits", (delivery, ct) => delivery.DeliverAsync(null, ct), HeartbeatTask.QueueTime)
        // Also while the job is disabled.
        .AddHeartbeatTask<TopUpSteps>("following top-ups", (steps, ct) => steps.AdvanceDueAsync(onlyWoken: true, ct),
            HeartbeatTask.QueueTime)
        .AddHeartbeatTask<StandingsTask>("updating the standings of accounts", (task, ct) => task.RunAsync(ct))
        .AddHeartbeatTask<SuspensionsTask>("suspending and resuming servers", (task, ct) => task.RunAsync(ct), HeartbeatTask.QueueTime)
        .AddHeartbeatTask<NoticeWriter>("writing notices to customers", (notices, ct) => notices.WriteAsync(ct))
        .AddHeartbeatTask<Checks>("checking what waits", (checks, ct) => checks.RunEachMinuteAsync(ct))
        .AddHeartbeatTask<OutboxDelivery>("delivering the outbox", (outbox, ct) => outbox.DeliverAsync(ct), HeartbeatTask.QueueTime)
        .AddHeartbeatTask<StoredForecasts>("forecasting the month", (forecasts, ct) => forecasts.FollowRunsAsync(ct));
}
