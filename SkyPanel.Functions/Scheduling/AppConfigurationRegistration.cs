using Microsoft.Extensions.Configuration;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Scheduling;

/// <summary>Registers the store if it is configured. Its client has a short time-out and doesn't retry: the next heartbeat does.</summary>
public static class AppConfigurationRegistration
{
    private const string Client = "app-configuration";
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddAppConfiguration(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSection<AppConfigurationOptions>("AppConfiguration");
        if (configuration.GetSection("AppConfiguration").Get<AppConfigurationOptions>() is not { IsSet: true })
            return services;

        services.AddTransient<RequestSigner>();
        services.AddOutgoingClient(Client, CallTime)
            .ConfigureHttpClient((provider, client) =>
            {
                client.BaseAddress = provider.GetRequiredService<IOptions<AppConfigurationOptions>>().Value.Address;
                client.MaxResponseContentBufferSize = 1024 * 1024;
            })
            .AddHttpMessageHandler<RequestSigner>();
        return services.AddSingleton<IScheduleStore>(provider => new AppConfigurationStore(provider.GetRequiredService<IHttpClientFactory>()
            .CreateClient(Client)));
    }
}
