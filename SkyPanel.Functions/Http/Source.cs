using System.Net;
using System.Net.Sockets;

namespace SkyPanel.Functions.Http;

/// <summary>Reads the source address of a request, as the middleware for forwarded headers has set it.</summary>
public static class Source
{
    private const string Unknown = "unknown";

    /// <summary>Returns an IP address without a port; an IPv4 address is never in its IPv6 form.</summary>
    public static string Address(HttpRequest request) => Of(request)?.ToString() ?? Unknown;

    /// <summary>Returns the group of addresses that share a limit: an IPv4 address, or the /64 of an IPv6 address, which belongs to one
    /// customer.</summary>
    public static string Group(HttpRequest request)
    {
        if (Of(request) is not { } address)
            return Unknown;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return $"{new IPAddress(bytes)}/64";
    }

    private static IPAddress? Of(HttpRequest request) =>
        request.HttpContext.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped
            ? mapped.MapToIPv4() : request.HttpContext.Connection.RemoteIpAddress;
}
