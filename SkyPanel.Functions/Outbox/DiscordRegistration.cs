using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Outbox;

/// <summary>Registers Discord's client and handler. The path of its address is a secret.</summary>
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
