using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Polly;

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
        services.AddOptions<VirtFusionOptions>().BindConfiguration("VirtFusion").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<VirtFusionConnection>();
        services.AddSingleton<VirtFusionLimits>();
        services.AddTransient<VirtFusionLimitsHandler>();
        services.AddTransient<VirtFusionConnectionHandler>();
        services.AddSingleton<VirtFusionClient>();
        // The factory logs four lines a call at Information.
        services.AddLogging(logging => logging.AddFilter("System.Net.Http.HttpClient.virtfusion", LogLevel.Warning));

        var reads = services.AddPlainClient(Reads);
        reads.AddTimed("retry", (pipeline, time) => pipeline.AddRetry(Retry(time)));
        reads.AddHttpMessageHandler<VirtFusionLimitsHandler>();
        reads.AddTimed("attempt", (pipeline, _) => pipeline.AddTimeout(ReadTimeout));
        reads.AddHttpMessageHandler<VirtFusionConnectionHandler>();
        reads.ConfigurePrimaryHttpMessageHandler(() => Sockets(connectionLifetime: TimeSpan.FromMinutes(2)));

        var writes = services.AddPlainClient(Writes);
        writes.AddHttpMessageHandler<VirtFusionLimitsHandler>();
        writes.AddTimed("attempt", (pipeline, _) => pipeline.AddTimeout(WriteTimeout));
        writes.AddHttpMessageHandler<VirtFusionConnectionHandler>();
        // A fresh connection for each write: one that was kept may have been closed by the other side just now, and a body
        // written into it is in doubt for minutes though nobody read it. Writes are few; the handshake is cheap beside that.
        writes.ConfigurePrimaryHttpMessageHandler(() => Sockets(connectionLifetime: TimeSpan.Zero));
        return services;
    }

    private static IHttpClientBuilder AddPlainClient(this IServiceCollection services, string name) => services
        .AddHttpClient(name, client =>
        {
            client.BaseAddress = VirtFusionConnectionHandler.Placeholder;
            client.DefaultRequestHeaders.Accept.Add(new("application/json"));
            // Time is limited per attempt, by the pipelines.
            client.Timeout = Timeout.InfiniteTimeSpan;
        })
        // The handlers live as long as the process: the connection lifetime below takes care of DNS changes.
        .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
        .RedactLoggedHeaders(_ => true);

    private static void AddTimed(
        this IHttpClientBuilder client, string name, Action<ResiliencePipelineBuilder<HttpResponseMessage>, TimeProvider> add) =>
        client.AddResilienceHandler(name, (pipeline, context) =>
        {
            var time = context.ServiceProvider.GetRequiredService<TimeProvider>();
            pipeline.TimeProvider = time;
            add(pipeline, time);
        });

    private static SocketsHttpHandler Sockets(TimeSpan connectionLifetime) => new()
    {
        // A redirect would carry the token elsewhere, or turn a POST into a GET that answers 200.
        AllowAutoRedirect = false,
        UseCookies = false,
        Proxy = new LoopbackIsDirect(),
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = connectionLifetime,
    };

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
