using System.Net;
using System.Net.Sockets;
using NameService = System.Net.Dns;

namespace SkyPanel.Functions.Outgoing;

/// <summary>Distinguishes public addresses from those of this machine, its networks and its cloud.</summary>
public static class PublicAddress
{
    // IANA's special-purpose registries, multicast, and the address at which Azure's machines hear of their own.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    // All assigned IPv6 addresses, without those that map to IPv4.
    private static readonly IPNetwork Given = IPNetwork.Parse("2000::/3");

    public static bool IsPublic(this IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4().IsPublic()
        : (address.AddressFamily == AddressFamily.InterNetwork || Given.Contains(address))
            && !Array.Exists(NotPublic, network => network.Contains(address));

    /// <returns>The addresses of a name.</returns>
    /// <exception cref="NotPublicException">One of its addresses is not public.</exception>
    /// <exception cref="SocketException">The name can't be resolved.</exception>
    public static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        var addresses = await NameService.GetHostAddressesAsync(host.Trim('[', ']'), ct);
        return Array.TrueForAll(addresses, IsPublic) ? addresses : throw new NotPublicException();
    }

    /// <summary>Connects only to public addresses, the checked ones. A proxy may be anywhere, and resolves the name
    /// itself.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (to, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = context.InitialRequestMessage.RequestUri is { } uri && uri.Port == port && (to == uri.IdnHost || to == uri.Host)
            ? await ResolveAsync(to, ct) : await NameService.GetHostAddressesAsync(to, ct);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>Thrown for an address of this machine, its networks or its cloud.</summary>
public sealed class NotPublicException() : Exception("its address is of this machine, a private network or a cloud's own");
