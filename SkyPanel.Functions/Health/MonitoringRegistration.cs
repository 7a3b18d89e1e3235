namespace SkyPanel.Functions.Health;

public static class MonitoringRegistration
{
    internal const string PingClient = "ping";
    private static readonly TimeSpan PingTime = TimeSpan.FromSeconds(10);

    /// <summary>The checks, and the ping. Its address is a secret.</summary>
    public static IServiceCollection AddMonitoring(this IServiceCollection services)
    {
        services.AddSingleton<OutsideChecks>().AddSingleton<MoneyChecks>().AddSingleton<RunLogChecks>().AddSingleton<CheckRecords>()
            .AddSingleton<Checks>().AddSingleton<Ping>()
            .AddSingleton<MissedRuns>().AddSingleton(provider => provider.GetRequiredService<MissedRuns>().Check)
            .AddSingleton<SuspensionChecks>().AddSingleton(provider => provider.GetRequiredService<SuspensionChecks>().Check)
            .AddSingleton<PaymentChecks>().AddSingleton(provider => provider.GetRequiredService<PaymentChecks>().Check)
                .AddSingleton<PaymentFindings>()
            .AddSingleton<NoticeChecks>().AddSingleton(provider => provider.GetRequiredService<NoticeChecks>().Check)
            .AddClockRepairs(ClockRepair.ToNow("checks", ["checked_at", "since", "broken_at"]));
        services.AddOutgoingClient(PingClient, PingTime, hasSecretAddress: true);
        return services;
    }
}
