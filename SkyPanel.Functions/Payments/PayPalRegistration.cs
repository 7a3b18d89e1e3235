using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using SkyPanel.Functions.Outgoing;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Payments;

/// <summary>Registers PayPal's client. Reads are retried at once; what moves money is repeated by its row's next step, which asks PayPal
/// first.</summary>
public static class PayPalRegistration
{
    internal const string Reads = "paypal-reads";
    internal const string Writes = "paypal-writes";
    internal const string Certificates = "paypal-certificates";

    private const int LargestAnswer = 8 * 1024 * 1024, LargestCertificate = 256 * 1024;
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10), WriteTimeout = TimeSpan.FromSeconds(30),
        LongestWait = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddPayPal(this IServiceCollection services)
    {
        services.AddSection<PayPalOptions>("PayPal").AddSingleton<PayPalSettings>().AddSingleton<PayPalTokens>()
            .AddSingleton<PayPalClient>()
            .AddSingleton<WebhookCertificates>().AddSingleton<WebhookVerifier>().AddSingleton<PayPalEvents>();
        services.AddOutgoingClient(Writes, WriteTimeout, keepsConnections: false)
            .ConfigureHttpClient(client => client.MaxResponseContentBufferSize = LargestAnswer);
        services.AddOutgoingClient(Certificates, ReadTimeout)
            .ConfigureHttpClient(client => client.MaxResponseContentBufferSize = LargestCertificate);
        services.AddOutgoingClient(Reads, Timeout.InfiniteTimeSpan)
            .ConfigureHttpClient(client => client.MaxResponseContentBufferSize = LargestAnswer)
            .AddResilienceHandler("reads", (pipeline, context) =>
            {
                pipeline.TimeProvider = context.ServiceProvider.GetRequiredService<TimeProvider>();
                pipeline.AddRetry(new HttpRetryStrategyOptions
                {
                    MaxRetryAttempts = 2,
                    Delay = TimeSpan.FromMilliseconds(500),
                    MaxDelay = LongestWait,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    // Asked to wait longer than we would, the answer goes to the caller.
                    ShouldHandle = arguments => ValueTask.FromResult(HttpClientResiliencePredicates.IsTransient(arguments.Outcome)
                        && !(arguments.Outcome.Result?.Headers.RetryAfter?.Delta > LongestWait)),
                }).AddTimeout(ReadTimeout);
            });
        return services;
    }

    /// <summary>Top-ups: their steps, and who asks for them.</summary>
    public static IServiceCollection AddTopUps(this IServiceCollection services) => services
        .AddSingleton<TopUpClaims>().AddSingleton<TopUpOrders>().AddSingleton<TopUpRefunds>().AddSingleton<Grants>()
            .AddSingleton<TopUpSteps>()
        .AddSingleton<TopUps>().AddSingleton<TopUpQueries>().AddSingleton<TopUpDesk>().AddSingleton<Reconciliation>();

    /// <summary>Sends a request, its body read within the client's time limit.</summary>
    internal static async Task<PayPalAnswer> SendAsync(IHttpClientFactory clients, string name, HttpRequestMessage request,
        TimeProvider time, CancellationToken ct)
    {
        try
        {
            using var client = clients.CreateClient(name);
            using var response = await client.SendAsync(request, ct);
            return await PayPalAnswer.ReadAsync(response, time, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            return PayPalAnswer.None(e);
        }
    }
}
