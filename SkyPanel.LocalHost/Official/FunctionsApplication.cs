using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SkyPanel.LocalHost;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Where an isolated-worker application begins.</summary>
public static class FunctionsApplication
{
    // Core Tools set the first, ASP.NET Core and the generic host the others.
    private static readonly string[] EnvironmentVariables =
        ["AZURE_FUNCTIONS_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT"];

    /// <summary>Configured, from weak to strong, by local.settings.json, local.schedules.json, environment variables and the command line. The
    /// functions are those of the entry assembly.</summary>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args)
    {
        var web = WebApplication.CreateEmptyBuilder(new()
        {
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = EnvironmentVariables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(name => !string.IsNullOrEmpty(name)),
        });
        web.Configuration.AddEnvironmentVariables().AddCommandLine(args);
        var schedules = new SchedulesFile(web.Configuration[SchedulesFile.Setting]);
        LocalSettings.AddBelow(web.Configuration, schedules.Path);
        LocalSettings.AddBelow(web.Configuration, Path.Combine(AppContext.BaseDirectory, LocalSettings.FileName));
        web.Services.AddSingleton(schedules);
        DemoAssembly.Prepare()?.Invoke(web);

        web.Logging.AddConfiguration(web.Configuration.GetSection("Logging")).AddSimpleConsole(console =>
            (console.SingleLine, console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, true, "yyyy-MM-ddTHH:mm:ssZ "));
        web.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        var entry = Assembly.GetEntryAssembly() ?? throw new InvalidOperationException("There is no entry assembly to find functions in.");
        return new(web, entry.GetTypes(), HostJson.Read(Path.Combine(AppContext.BaseDirectory, HostJson.FileName)));
    }
}
