using Microsoft.Extensions.Http.Resilience;
using Polly;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>Registers the client with its retries and timeouts. Reads are retried; writes never are: VirtFusion takes no idempotency key,
/// so a write whose answer was lost may have been executed.</summary>
public static class VirtFusionRegistration
{
    internal const string Reads = "virtfusion-reads";
    internal const string Writes = "virtfusion-writes";

    // Three attempts of 10 s with at most 7 s between them, so a read fails after 45 s at the latest, without the wait for a slot
    // (VirtFusionLimits).
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1), MaxWait = TimeSpan.FromSeconds(7);
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
        reads.AddTimed("retry", (pipeline, time) => pipeline.AddRetry(OutgoingAnswer.Retry(RetryDelay, MaxWait, time)));
        reads.AddHttpMessageHandler<VirtFusionLimitsHandler>();
        reads.AddTimed("attempt", (pipeline, _) => pipeline.AddTimeout(ReadTimeout));
        reads.AddHttpMessageHandler<VirtFusionConnectionHandler>();

        // A new connection for each write: the server may just have closed an idle one, and a body written to it would be in doubt for
        // minutes. Writes are few, so the handshake is cheap.
        var writes = services.AddClient(Writes, keepsConnections: false);
        writes.AddHttpMessageHandler<VirtFusionLimitsHandler>();
        writes.AddTimed("attempt", (pipeline, _) => pipeline.AddTimeout(WriteTimeout));
        writes.AddHttpMessageHandler<VirtFusionConnectionHandler>();
        return services;
    }

    // The pipelines limit the time of each attempt.
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
}
