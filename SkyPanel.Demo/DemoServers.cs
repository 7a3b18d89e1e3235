using Microsoft.Extensions.Hosting;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Demo;

/// <summary>Stops the database server last: hosted services stop in reverse order, and this one is the
/// first.</summary>
internal sealed class DemoServers(EmbeddedPostgres postgres) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken) => await postgres.DisposeAsync();
}
