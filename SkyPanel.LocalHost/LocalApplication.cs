using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalHost;

/// <summary>Begins an application that serves its functions itself, without a Functions host.</summary>
public static class LocalApplication
{
    // Core Tools set the first, ASP.NET Core and the generic host the others.
    private static readonly string[] EnvironmentVariables =
        ["AZURE_FUNCTIONS_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT"];

    /// <summary>Reads the configuration, from weak to strong: local.settings.json, local.schedules.json, environment variables,
    /// the command line.</summary>
    /// <param name="functions">The assembly whose public types hold the functions.</param>
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

        // Without scopes: the web server's would put its connection and request ids before each message.
        web.Logging.AddConfiguration(web.Configuration.GetSection("Logging")).AddSimpleConsole(console =>
            (console.SingleLine, console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) =
                (true, false, true, "yyyy-MM-ddTHH:mm:ssZ "));
        web.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        return new(web, functions.GetExportedTypes(), HostJson.Read(Path.Combine(AppContext.BaseDirectory, HostJson.FileName)));
    }

    /// <summary>Begins an application that reads nothing from its surroundings, for tests: neither environment variables nor files
    /// nor the console.</summary>
    /// <param name="types">The types that may hold functions, such as <c>assembly.GetTypes()</c>.</param>
    /// <param name="settings">The whole configuration. <c>ASPNETCORE_URLS</c> <c>http://127.0.0.1:0</c> lets the system pick the
    /// port; the host that is built is a WebApplication, whose Urls say which.</param>
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
