using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Hosting;

namespace SkyPanel.Functions.Http;

/// <summary>Lets ASP.NET Core's middleware decide the caller's address, from <see cref="AdminOptions.TrustedProxies"/>.</summary>
public static class ForwardedHeadersRegistration
{
    // ASPNETCORE_FORWARDEDHEADERS_ENABLED would run the middleware a second time, which would trust entries that callers wrote.
    private const string SecondMiddlewareSetting = "ForwardedHeaders_Enabled";

    /// <summary>Configures the middleware for both hosts, after the official worker, which turns on every header.</summary>
    public static IHostApplicationBuilder AddForwardedHeaders(this IHostApplicationBuilder builder)
    {
        builder.Configuration[SecondMiddlewareSetting] = "false";
        builder.Services.AddOptions<ForwardedHeadersOptions>().PostConfigure<IOptions<AdminOptions>>((forwarded, admin) =>
        {
            var proxies = admin.Value.TrustedProxies;
            forwarded.ForwardedHeaders = proxies > 0 ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto
                : ForwardedHeaders.None;
            forwarded.ForwardLimit = proxies;
            // Proxies are counted, not listed: in Azure their addresses change.
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
        });
        return builder;
    }
}
