using Microsoft.Extensions.Hosting;
using SkyPanel.LocalWorker.Postgres;

namespace SkyPanel.LocalWorker;

/// <summary>Stops the database server after everything that uses it: hosted services stop in reverse order, and this one is the first.</summary>
internal sealed class LocalServers(EmbeddedPostgres postgres) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken) => await postgres.DisposeAsync();
}
