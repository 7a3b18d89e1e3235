using Microsoft.Extensions.Http.Resilience;
using Polly;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Payments;

/// <summary>Registers PayPal's client. Reads are retried at once; writes are repeated by the next step of their row, which reads from
/// PayPal first.</summary>
public static class PayPalRegistration
{
    internal const string Reads = "paypal-reads";
    internal const string Writes = "paypal-writes";
    internal const string Certificates = "paypal-certificates";

    private const int MaxAnswerBytes = 8 * 1024 * 1024, MaxCertificateBytes = 256 * 1024;
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10), WriteTimeout = TimeSpan.FromSeconds(30),
        RetryDelay = TimeSpan.FromMilliseconds(500), MaxWait = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddPayPal(this IServiceCollection services)
    {
        services.AddSection<PayPalOptions>("PayPal").AddSingleton<PayPalSettings>().AddSingleton<PayPalTokens>()
            .AddSingleton<PayPalClient>()
            .AddSingleton<WebhookCalls>().AddSingleton<WebhookCertificates>().AddSingleton<WebhookVerifier>().AddSingleton<PayPalEvents>();
        services.AddOutgoingClient(Writes, WriteTimeout, keepsConnections: false)
            .ConfigureHttpClient(client => client.MaxResponseContentBufferSize = MaxAnswerBytes);
        services.AddOutgoingClient(Certificates, ReadTimeout)
            .ConfigureHttpClient(client => client.MaxResponseContentBufferSize = MaxCertificateBytes);
        services.AddOutgoingClient(Reads, Timeout.InfiniteTimeSpan)
            .ConfigureHttpClient(client => client.MaxResponseContentBufferSize = MaxAnswerBytes)
            .AddResilienceHandler("reads", (pipeline, context) =>
            {
                pipeline.TimeProvider = context.ServiceProvider.GetRequiredService<TimeProvider>();
                pipeline.AddRetry(OutgoingAnswer.Retry(RetryDelay, MaxWait, pipeline.TimeProvider)).AddTimeout(ReadTimeout);
            });
        return services;
    }

    public static IServiceCollection AddTopUps(this IServiceCollection services) => services
        .AddSingleton<TopUpClaims>().AddSingleton<TopUpOrders>().AddSingleton<TopUpRefunds>().AddSingleton<Grants>()
            .AddSingleton<TopUpSteps>()
        .AddSingleton<TopUps>().AddSingleton<TopUpQueries>().AddSingleton<Reconciliation>()
        .AddSingleton<DisputeSweep>()
        // Waits are a week at most. Top-ups that are only looked at when woken are repaired once they are.
        .AddClockRepairs(
            ClockRepair.ToNow("top_ups", ["next_look_at", "claimed_until", "looked_at", "woken_at", "approved_at", "declined_at"], """
                next_look_at < 'infinity' and (next_look_at > now() + interval '8 days' or claimed_until > now() + interval '5 minutes'
                    or greatest(looked_at, woken_at, approved_at, declined_at) > now() + interval '1 minute')
                """),
            ClockRepair.ToNow("dispute_sweep", ["swept_at", "updated_until"]));

    /// <summary>Sends a request and reads the answer within the client's timeout.</summary>
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
