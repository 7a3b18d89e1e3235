using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using SkyPanel.Functions.Local;
using SkyPanel.Functions.Scheduling;
using SkyPanel.LocalHost;

namespace SkyPanel.Functions;

public static partial class SkyPanelServices
{
    // The services alone, without a worker around them, have neither timers nor a file.
    static partial void AddLocal(IHostApplicationBuilder builder)
    {
        if (!builder.Services.Any(service => service.ServiceType == typeof(SchedulesFile)))
            return;
        builder.Services.AddSingleton<IScheduleStore>(provider => new LocalScheduleStore(provider.GetRequiredService<LocalSchedules>()));
        builder.Services.AddSingleton<IStartupFilter, PrometheusMetrics>().AddOpenTelemetry().WithMetrics(metrics => metrics.AddPrometheusExporter());
    }
}
