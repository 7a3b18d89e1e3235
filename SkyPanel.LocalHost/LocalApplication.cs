using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalHost;

/// <summary>Creates applications that serve their functions without the Functions host.</summary>
public static class LocalApplication
{
    // The first is set by Core Tools, the others by ASP.NET Core and the generic host.
    private static readonly string[] EnvironmentVariables =
        ["AZURE_FUNCTIONS_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT"];

    /// <summary>Reads the configuration. In order of precedence: local.settings.json, local.schedules.json, environment variables,
    /// command line; later ones override.</summary>
    /// <param name="functions">The assembly whose public types contain the functions.</param>
    /// <param name="args">The command line.</param>
    public static LocalApplicationBuilder CreateBuilder(Assembly functions, string[] args)
    {
        var web = WebApplication.CreateEmptyBuilder(new()
        {
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = EnvironmentVariables.Select(Environment.GetEnvironmentVariable)
                .FirstOrDefault(name => !string.IsNullOrEmpty(name)),
        });
        web.Configuration.AddEnvironmentVariables().AddCommandLine(args);
        var schedules = new SchedulesFile(web.Configuration[SchedulesFile.Setting]);
        LocalSettings.AddBelow(web.Configuration, schedules.Path);
        LocalSettings.AddBelow(web.Configuration, Path.Combine(AppContext.BaseDirectory, LocalSettings.FileName));
        ServedUrls.Check(web.Configuration);
        web.Services.AddSingleton(schedules);

        // Excludes scopes: the web server's scopes would prefix each message with connection and request ids.
        web.Logging.AddConfiguration(web.Configuration.GetSection("Logging")).AddSimpleConsole(console =>
            (console.SingleLine, console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) =
                (true, false, true, "yyyy-MM-ddTHH:mm:ssZ "));
        web.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        return new(web, functions.GetExportedTypes(), HostJson.Read(Path.Combine(AppContext.BaseDirectory, HostJson.FileName)));
    }

    /// <summary>Creates an application for tests that reads no environment variables, files or console.</summary>
    /// <param name="types">The types that may contain functions, such as <c>assembly.GetTypes()</c>.</param>
    /// <param name="settings">The whole configuration. With <c>http://127.0.0.1:0</c> as <c>ASPNETCORE_URLS</c> the system chooses the
    /// port; read it from the Urls of the built WebApplication.</param>
    /// <param name="hostJson">The text of host.json; null for the file beside the binaries.</param>
    public static LocalApplicationBuilder CreateIsolatedBuilder(
        IReadOnlyCollection<Type> types, IEnumerable<KeyValuePair<string, string?>> settings, string? hostJson = null)
    {
        var web = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = AppContext.BaseDirectory });
        web.Configuration.AddInMemoryCollection(settings);
        return new(web, types, hostJson is null
            ? HostJson.Read(Path.Combine(AppContext.BaseDirectory, HostJson.FileName))
            : HostJson.Parse(hostJson));
    }
}
