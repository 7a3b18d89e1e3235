using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace SkyPanel.Functions.Outgoing;

/// <summary>How each HTTP client of the app is made: it calls the address that it is given and nothing else, over TLS with the platform's
/// own checks, and the platform's four log lines a call, which name addresses, are off.</summary>
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
                // A redirect would carry a secret elsewhere, or turn a POST into a GET that answers 200.
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
