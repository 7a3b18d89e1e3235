using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions;
using SkyPanel.Functions.Database;
using SkyPanel.LocalWorker.Postgres;

namespace SkyPanel.Benchmarks;

/// <summary>A migrated database on a durable server of its own, and the app's real services on it.</summary>
internal sealed class BenchmarkPanel : IAsyncDisposable
{
    private readonly EmbeddedPostgres _server;
    private readonly string _folder;
    private readonly IHost _app;

    private BenchmarkPanel(EmbeddedPostgres server, string folder, IHost app) => (_server, _folder, _app) = (server, folder, app);

    public IServiceProvider Services => _app.Services;
    public NpgsqlDataSource Source => Services.GetRequiredService<NpgsqlDataSource>();

    public static async Task<BenchmarkPanel> StartAsync(params (string Name, string Value)[] settings)
    {
        var folder = Path.Combine(RepositoryRoot.Find() ?? Path.GetTempPath(), ".local", $"benchmark-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        var server = await EmbeddedPostgres.StartAsync(folder, CancellationToken.None);
        await server.CreateDatabaseAsync("benchmark", CancellationToken.None);
        var connectionString = DatabaseRegistration.Prepare(server.ConnectionString("benchmark") + ";Command Timeout=0");
        Migrator.Migrate(connectionString);

        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:SkyPanel"] = connectionString,
            ["VirtFusion:BaseUrl"] = "http://127.0.0.1:9/api/v1",
            ["VirtFusion:ApiToken"] = "unused",
            ["Billing:MaxCatchUp"] = "30.00:00:00",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Name, s.Value)));
        builder.Logging.ClearProviders();
        builder.AddSkyPanel();
        Console.WriteLine($"PostgreSQL {server.Major}, durable, {Environment.ProcessorCount} processors");
        return new(server, folder, builder.Build());
    }

    public async ValueTask DisposeAsync()
    {
        _app.Dispose();
        NpgsqlConnection.ClearAllPools();
        await _server.DisposeAsync();
        await EmbeddedPostgres.DiscardAsync(_folder, CancellationToken.None);
    }
}
