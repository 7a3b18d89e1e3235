using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalHost;

/// <summary>Builds the server of the functions: Kestrel and the timers.</summary>
internal static class FunctionServer
{
    // After this time of a shutdown Kestrel aborts requests, which look to their functions like requests of a client that hung
    // up. The timers cancel functions after 10 s, long before.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromMinutes(2);

    public static WebApplication Build(WebApplicationBuilder web, FunctionTable functions, HostJson hostJson)
    {
        var bindings = functions.Timers
            .Select(timer => new TimerBinding(timer, ScheduleSetting.Resolve(timer, web.Configuration)))
            .ToArray();
        web.Services.TryAddSingleton(TimeProvider.System);
        web.Services.AddSingleton(services => new LocalTimers(
            bindings,
            hostJson,
            services.GetRequiredService<IServiceScopeFactory>(),
            services.GetRequiredService<IHostApplicationLifetime>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<LocalTimers>>()));
        web.Services.AddHostedService(services => services.GetRequiredService<LocalTimers>());
        web.Services.AddSingleton(services => new LocalSchedules(
            services.GetRequiredService<LocalTimers>(), services.GetRequiredService<IConfiguration>(),
                services.GetService<SchedulesFile>()));
        web.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);

        var app = web.Build();
        HttpEndpoints.Map(app, functions.Http, hostJson.RoutePrefix);
        app.Urls.Clear();
        foreach (var url in ServedUrls.Read(app.Configuration))
            app.Urls.Add(url);
        return app;
    }
}
