using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SkyPanel.Demo.Simulators;

/// <summary>Creates web servers for simulators on 127.0.0.1, without configuration, console output and signal handlers.</summary>
public static class LoopbackServer
{
    /// <param name="port">The port; 0 for a free one.</param>
    public static WebApplication Make(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore().AddSingleton<IHostLifetime, NoSignals>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        return builder.Build();
    }

    /// <returns>The address, without a slash at the end.</returns>
    public static async Task<string> ServeAsync(this WebApplication app, CancellationToken ct)
    {
        await app.StartAsync(ct);
        return app.Urls.Single();
    }

    /// <summary>Replaces the default lifetime, which would handle Ctrl-C itself.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
