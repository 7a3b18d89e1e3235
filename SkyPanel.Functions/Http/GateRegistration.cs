using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SkyPanel.Functions.Http;

public static class GateRegistration
{
    private static readonly TimeSpan AuthorityTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Adds authentication, authorization, limits and the audit.</summary>
    public static IServiceCollection AddGate(this IServiceCollection services)
    {
        services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        services.AddOutgoingClient(Authority.Client, AuthorityTimeout);
        // The platform writes problems; they are encoded as other answers.
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Encoder = ApiJson.Options.Encoder);
        return services.AddClockRepairs(ApiKeyRegister.ClockRepair)
            .AddSingleton<ApiKeys>().AddSingleton<ApiKeyRegister>().AddSingleton<Authority>().AddSingleton<AccessTokens>()
            .AddSingleton<RateLimits>().AddSingleton<Gate>()
            .AddSingleton<Refusals>().AddHostedService(provider => provider.GetRequiredService<Refusals>())
            .AddSingleton<Audit>().AddSingleton<AuditQueries>().AddSingleton<Idempotency>().AddSingleton(typeof(AsyncMutex<>));
    }
}
