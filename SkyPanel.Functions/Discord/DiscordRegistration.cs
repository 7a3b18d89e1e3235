using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Discord;

/// <summary>The client, and the outbox's way to it. The address is a secret in a path, so the platform says nothing of these calls:
/// neither its log lines nor its spans, which name addresses in full.</summary>
public static class DiscordRegistration
{
    internal const string Client = "discord";
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(10);

    public static IServiceCollection AddDiscord(this IServiceCollection services)
    {
        services.AddSingleton<DiscordSettings>().AddSingleton<DiscordClient>().AddSingleton<DiscordOutbox>()
            .AddSingleton(provider => provider.GetRequiredService<DiscordOutbox>().Handler);
        services.AddHttpClient(Client, client => (client.Timeout, client.MaxResponseContentBufferSize) = (CallTime, 1024 * 1024))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ActivityHeadersPropagator = null,
                Proxy = new LoopbackIsDirect(),
                ConnectTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            });
        return services;
    }
}
