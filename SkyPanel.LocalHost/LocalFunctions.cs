using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;

namespace SkyPanel.LocalHost;

/// <summary>The same application with nothing read from around it, for tests: no environment variables, no
/// local.settings.json, no preparations, no console.</summary>
public static class LocalFunctions
{
    /// <param name="types">The types that may hold functions, such as <c>assembly.GetTypes()</c>.</param>
    /// <param name="settings">The whole configuration. <c>ASPNETCORE_URLS</c> <c>http://127.0.0.1:0</c> lets the system pick the
    /// port; the host that is built is a WebApplication, whose Urls say which.</param>
    /// <param name="hostJson">The text of host.json; null for the file beside the binaries.</param>
    public static FunctionsApplicationBuilder CreateBuilder(
        IReadOnlyCollection<Type> types, IEnumerable<KeyValuePair<string, string?>> settings, string? hostJson = null)
    {
        var web = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = AppContext.BaseDirectory });
        web.Configuration.AddInMemoryCollection(settings);
        return new(web, types, hostJson is null
            ? HostJson.Read(Path.Combine(AppContext.BaseDirectory, HostJson.FileName))
            : HostJson.Parse(hostJson));
    }
}
