using Microsoft.Extensions.DependencyInjection;

namespace SkyPanel.Functions.Monitoring;

public static class MonitoringRegistration
{
    internal const string PingClient = "ping";
    private static readonly TimeSpan PingTime = TimeSpan.FromSeconds(10);

    /// <summary>The checks, and the ping. Its address is a secret: the platform's log lines and spans would name it.</summary>
    public static IServiceCollection AddMonitoring(this IServiceCollection services)
    {
        services.AddSingleton<OutsideChecks>().AddSingleton<MoneyChecks>().AddSingleton<RunChecks>().AddSingleton<CheckRecords>().AddSingleton<Checks>().AddSingleton<Ping>();
        services.AddHttpClient(PingClient, client => client.Timeout = PingTime)
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ActivityHeadersPropagator = null,
                Proxy = new LoopbackIsDirect(),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            });
        return services;
    }
}
