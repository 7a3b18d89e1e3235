using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Outgoing;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Outbox;

/// <summary>The client, and the outbox's way to it. The address is a secret in a path.</summary>
public static class DiscordRegistration
{
    internal const string Client = "discord";
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(10);

    public static IServiceCollection AddDiscord(this IServiceCollection services)
    {
        services.AddSingleton(new SecretRule(SecretStore.DiscordWebhook, value => DiscordWebhook.Parse(value) is not null,
            DiscordWebhook.Allowed));
        services.AddSingleton<DiscordSettings>().AddSingleton<DiscordClient>().AddSingleton<DiscordOutbox>()
            .AddSingleton(provider => provider.GetRequiredService<DiscordOutbox>().Handler);
        services.AddOutgoingClient(Client, CallTime, hasSecretAddress: true)
            .ConfigureHttpClient(client => client.MaxResponseContentBufferSize = 1024 * 1024);
        return services;
    }
}
