using System.Net;

namespace SkyPanel.Functions.Outgoing;

/// <summary>Creates the app's HTTP clients: they follow no redirects, use TLS with the platform's checks, and don't log
/// addresses.</summary>
internal static class OutgoingClients
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(5);

    // The handlers live as long as the process: a connection that ends takes care of addresses that move.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    /// <param name="timeout">Of a whole call, its body included.</param>
    /// <param name="hasSecretAddress">Whether a call's address is itself a secret: then it has no span either, which would name it.</param>
    /// <param name="keepsConnections">Whether a connection may serve another call.</param>
    public static IHttpClientBuilder AddOutgoingClient(
        this IServiceCollection services, string name, TimeSpan timeout, bool hasSecretAddress = false, bool keepsConnections = true) =>
            services
        .AddHttpClient(name, client => client.Timeout = timeout)
        .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
        .RemoveAllLoggers()
        .ConfigurePrimaryHttpMessageHandler(() =>
        {
            var sockets = new SocketsHttpHandler
            {
                // A redirect would send a secret elsewhere, or turn a POST into a GET that answers 200.
                AllowAutoRedirect = false,
                UseCookies = false,
                Proxy = new LoopbackIsDirect(),
                AutomaticDecompression = DecompressionMethods.All,
                ConnectTimeout = ConnectTime,
                PooledConnectionLifetime = keepsConnections ? ConnectionLifetime : TimeSpan.Zero,
            };
            if (hasSecretAddress)
                sockets.ActivityHeadersPropagator = null;
            return sockets;
        });
}
