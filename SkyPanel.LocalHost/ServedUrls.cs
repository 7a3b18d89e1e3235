using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace SkyPanel.LocalHost;

/// <summary>Reads the addresses that Kestrel serves.</summary>
internal static class ServedUrls
{
    private const string Setting = "ASPNETCORE_URLS";
    private const string Default = "http://localhost:7071";

    public static string[] Read(IConfiguration configuration) =>
        (configuration[Setting] is { Length: > 0 } given ? given : Default)
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Refuses early what Kestrel would refuse with a stack trace.</summary>
    /// <exception cref="OptionsValidationException">An address can't be served.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var url in Read(configuration))
        {
            try
            {
                if (BindingAddress.Parse(url) is { Scheme: "http", Port: >= 0 and <= 65535 })
                    continue;
            }
            catch (FormatException) // Not an address.
            {
            }
            throw new OptionsValidationException(Setting, typeof(WebApplication),
                [$"{Setting} '{url}' can't be served: addresses such as http://localhost:7071 are allowed; put what speaks https in " +
                    $"front."]);
        }
    }
}
