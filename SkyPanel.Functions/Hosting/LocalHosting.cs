using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using SkyPanel.Functions.Scheduling;
using SkyPanel.LocalHost;

namespace SkyPanel.Functions.Hosting;

/// <summary>Adds features of the local process: forwarded headers and stored schedules.</summary>
public static class LocalHosting
{
    public static IHostApplicationBuilder AddLocalHosting(this IHostApplicationBuilder builder)
    {
        builder.Services
            .AddSingleton<IStartupFilter, ForwardedHeadersFilter>()
            .AddSingleton<IScheduleStore>(provider => new LocalScheduleStore(provider.GetRequiredService<LocalSchedules>()));
        return builder;
    }

    /// <summary>Runs before everything else that sees a request. Under the official worker the framework does so itself.</summary>
    private sealed class ForwardedHeadersFilter : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app => next(app.UseForwardedHeaders());
    }
}
