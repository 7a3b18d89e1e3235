using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace SkyPanel.Functions.Http;

/// <summary>Where a request comes from. <c>X-Forwarded-For</c> counts only from the right, past as many proxies as
/// <see cref="AdminOptions.TrustedProxies"/> says: what stands further left is the caller's own claim.</summary>
public sealed class Source(IOptions<AdminOptions> options)
{
    private const string Unknown = "unknown";

    /// <summary>An IP address without a port; an IPv4 address is never in its IPv6 form.</summary>
    public string Address(HttpRequest request) => Of(request)?.ToString() ?? Unknown;

    /// <summary>Who is slowed down together: an IPv4 address, or the /64 of an IPv6 address, which is one customer's.</summary>
    public string Group(HttpRequest request)
    {
        if (Of(request) is not { } address)
            return Unknown;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return $"{new IPAddress(bytes)}/64";
    }

    /// <summary>Whether the caller's own connection is encrypted: a trusted proxy says so where it ends there.</summary>
    public bool IsHttps(HttpRequest request) => request.IsHttps || options.Value.TrustedProxies > 0 && request.Headers["X-Forwarded-Proto"] == "https";

    private IPAddress? Of(HttpRequest request)
    {
        var proxies = options.Value.TrustedProxies;
        var forwarded = proxies == 0 ? [] : string.Join(',', request.Headers["X-Forwarded-For"].ToArray()).Split(',', StringSplitOptions.TrimEntries);
        // A header that is shorter than it must be, or no address, didn't come through our proxies.
        var address = forwarded.Length >= proxies && proxies > 0 && IPEndPoint.TryParse(forwarded[^proxies], out var hop)
            ? hop.Address : request.HttpContext.Connection.RemoteIpAddress;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }
}
