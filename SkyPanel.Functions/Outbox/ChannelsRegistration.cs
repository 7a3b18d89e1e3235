using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Outbox;

/// <summary>Registers mail and signed webhooks.</summary>
public static class ChannelsRegistration
{
    /// <remarks>A receiver's address may carry a secret.</remarks>
    public static IServiceCollection AddMailAndWebhooks(this IServiceCollection services)
    {
        services.AddSection<MailOptions>("Mail").AddSingleton<MailClient>();
        services.AddSection<WebhooksOptions>("Webhooks").AddSingleton<SignedWebhooks>();
        services.AddOutgoingClient(SignedWebhooks.Client, SignedWebhooks.CallTime, hasSecretAddress: true)
            .ConfigurePrimaryHttpMessageHandler((handler, app) =>
            {
                if (!app.GetRequiredService<IOptions<WebhooksOptions>>().Value.AllowPrivateAddresses)
                    ((SocketsHttpHandler)handler).ConnectCallback = PublicAddress.ConnectAsync;
            });
        return services;
    }
}
