using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SkyPanel.Functions.Admin;

public static class AdminRegistration
{
    private static readonly TimeSpan AuthorityTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Who may call: keys, tokens, limits.</summary>
    public static IServiceCollection AddDoor(this IServiceCollection services)
    {
        services.AddHttpClient(Authority.Client, client => client.Timeout = AuthorityTimeout)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, Proxy = new LoopbackIsDirect(), PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
        services.AddLogging(logging => logging.AddFilter($"System.Net.Http.HttpClient.{Authority.Client}", LogLevel.Warning));
        return services.AddSingleton<ApiKeys>().AddSingleton<ApiKeyRegister>().AddSingleton<Authority>().AddSingleton<AccessTokens>()
            .AddSingleton<Source>().AddSingleton<AdminLimits>().AddSingleton<Door>()
            .AddSingleton<Refusals>().AddHostedService(provider => provider.GetRequiredService<Refusals>())
            .AddSingleton<Audit>().AddSingleton<AuditQueries>().AddSingleton<AuditEndpoints>().AddSingleton<SecretEndpoints>();
    }
}
