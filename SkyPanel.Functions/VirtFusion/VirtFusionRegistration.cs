using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using SkyPanel.Functions.Outgoing;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>The client and how it behaves when VirtFusion doesn't. Reads are retried; writes never are: VirtFusion takes no
/// idempotency key, so a write whose answer was lost may already have acted.</summary>
public static class VirtFusionRegistration
{
    internal const string Reads = "virtfusion-reads";
    internal const string Writes = "virtfusion-writes";

    // Three attempts of 10 s with at most 7 s between them: a read is given up after 45 s at the latest, not counting the
    // time in line for a place (VirtFusionLimits), which says nothing about VirtFusion.
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(30);

    public static IServiceCollection AddVirtFusion(this IServiceCollection services)
    {
        services.AddSection<VirtFusionOptions>("VirtFusion")
            .AddSingleton(new SecretRule(SecretStore.VirtFusionUrl, value => VirtFusionAddress.Problem(value) is null,
            "an address such as https://panel.example/api/v1, http:// only for loopback, without user name, query or fragment"));
        services.AddSingleton<VirtFusionConnection>();
        services.AddSingleton<VirtFusionLimits>();
        services.AddTransient<VirtFusionLimitsHandler>();
        services.AddTransient<VirtFusionConnectionHandler>();
        services.AddSingleton<VirtFusionClient>();

        var reads = services.AddClient(Reads, keepsConnections: true);
        reads.AddTimed("retry", (pipeline, time) => pipeline.AddRetry(Retry(time)));
        reads.AddHttpMessageHandler<VirtFusionLimitsHandler>();
        reads.AddTimed("attempt", (pipeline, _) => pipeline.AddTimeout(ReadTimeout));
        reads.AddHttpMessageHandler<VirtFusionConnectionHandler>();

        // A fresh connection for each write: one that was kept may have been closed by the other side just now, and a body
        // written into it is in doubt for minutes though nobody read it. Writes are few; the handshake is cheap beside that.
        var writes = services.AddClient(Writes, keepsConnections: false);
        writes.AddHttpMessageHandler<VirtFusionLimitsHandler>();
        writes.AddTimed("attempt", (pipeline, _) => pipeline.AddTimeout(WriteTimeout));
        writes.AddHttpMessageHandler<VirtFusionConnectionHandler>();
        return services;
    }

    // Time is limited per attempt, by the pipelines.
    private static IHttpClientBuilder AddClient(this IServiceCollection services, string name, bool keepsConnections) => services
        .AddOutgoingClient(name, Timeout.InfiniteTimeSpan, keepsConnections: keepsConnections)
        .ConfigureHttpClient(client =>
        {
            client.BaseAddress = VirtFusionConnectionHandler.Placeholder;
            client.DefaultRequestHeaders.Accept.Add(new("application/json"));
        });

    private static void AddTimed(
        this IHttpClientBuilder client, string name, Action<ResiliencePipelineBuilder<HttpResponseMessage>, TimeProvider> add) =>
        client.AddResilienceHandler(name, (pipeline, context) =>
        {
            var time = context.ServiceProvider.GetRequiredService<TimeProvider>();
            pipeline.TimeProvider = time;
            add(pipeline, time);
        });

    private static HttpRetryStrategyOptions Retry(TimeProvider time) => new()
    {
        MaxRetryAttempts = 2,
        Delay = TimeSpan.FromSeconds(1),
        MaxDelay = LongestWait,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldRetryAfterHeader = true,
        // Asked to wait longer than we would, the answer goes to the caller, who can pause everything.
        ShouldHandle = arguments => ValueTask.FromResult(
            HttpClientResiliencePredicates.IsTransient(arguments.Outcome)
            && !(VirtFusionAnswer.RetryAfterOf(arguments.Outcome.Result, time) > LongestWait)),
    };
}
