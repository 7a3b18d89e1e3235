using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Functions.Http;

/// <summary>Reads where a request comes from, after the middleware for forwarded headers has decided it.</summary>
public static class Source
{
    private const string Unknown = "unknown";

    /// <summary>Returns an IP address without a port; an IPv4 address is never in its IPv6 form.</summary>
    public static string Address(HttpRequest request) => Of(request)?.ToString() ?? Unknown;

    /// <summary>Returns who shares a limit: an IPv4 address, or the /64 of an IPv6 address, which is one customer's.</summary>
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
