using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.Http;

public sealed class SourceTests
{
    [Theory]
    // proxies, the connection's, X-Forwarded-For                                     address                 slowed down with
    [InlineData(0, "192.0.2.7", "203.0.113.1",                                        "192.0.2.7",            "192.0.2.7")]
    [InlineData(0, "::ffff:192.0.2.7", null,                                          "192.0.2.7",            "192.0.2.7")]
    [InlineData(0, "2001:db8:1:2:3:4:5:6", null,                                      "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData(0, "2001:db8:1:2:ffff::", null,                                       "2001:db8:1:2:ffff::",  "2001:db8:1:2::/64")]
    [InlineData(1, "127.0.0.1", "203.0.113.1",                                        "203.0.113.1",          "203.0.113.1")]
    [InlineData(1, "127.0.0.1", "198.51.100.9, 203.0.113.1:52431",                    "203.0.113.1",          "203.0.113.1")]
    [InlineData(1, "127.0.0.1", "[2001:db8::5]:443",                                  "2001:db8::5",          "2001:db8::/64")]
    [InlineData(2, "127.0.0.1", "198.51.100.9, 203.0.113.1, 10.0.0.4",                "203.0.113.1",          "203.0.113.1")]
    [InlineData(2, "127.0.0.1", "203.0.113.1",                                        "203.0.113.1",          "203.0.113.1")]
    [InlineData(1, "127.0.0.1", "evil\r\nname",                                       "127.0.0.1",            "127.0.0.1")]
    [InlineData(1, "127.0.0.1", null,                                                 "127.0.0.1",            "127.0.0.1")]
    [InlineData(1, null, null,                                                        "unknown",              "unknown")]
    public async Task The_caller_is_who_our_own_proxies_say(int proxies, string? connection, string? forwarded, string address,
        string group)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = connection is null ? null : IPAddress.Parse(connection);
        context.Request.Headers["X-Forwarded-For"] = forwarded;
        await ForwardAsync(context, proxies);

        Assert.Equal((address, group), (Source.Address(context.Request), Source.Group(context.Request)));
    }

    [Theory]
    [InlineData(0, "https", false)]
    [InlineData(1, "https", true)]
    [InlineData(1, "http", false)]
    [InlineData(1, "javascript", false)]
    [InlineData(1, null, false)]
    public async Task Only_a_trusted_proxy_says_that_the_callers_connection_is_encrypted(int proxies, string? forwarded, bool isHttps)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers["X-Forwarded-Proto"] = forwarded;
        await ForwardAsync(context, proxies);
        Assert.Equal(isHttps, context.Request.IsHttps);
    }

    [Fact]
    public void A_million_sources_that_guess_cost_a_bounded_number_of_places()
    {
        var places = Enumerable.Range(0, 1_000_000).Select(n => RateLimits.IndexOf($"2001:db8:{n >> 16:x}:{n & 0xffff:x}::/64")).Distinct()
            .ToArray();
        Assert.InRange(places.Length, RateLimits.LimiterCount / 2, RateLimits.LimiterCount);

        using var limits = new RateLimits();
        Assert.Equal(60, Enumerable.Range(0, 100).Count(_ => limits.TryGuess("192.0.2.1", out var _)));
    }

    // The official worker turns on every header before our code configures its own.
    private static async Task ForwardAsync(HttpContext context, int proxies)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.Configure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = ForwardedHeaders.All)
            .Configure<AdminOptions>(options => options.TrustedProxies = proxies);
        builder.AddForwardedHeaders();
        using var host = builder.Build();
        await new ApplicationBuilder(host.Services).UseForwardedHeaders().Build()(context);
    }
}
