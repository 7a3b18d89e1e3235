using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Demo.Postgres;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Benchmarks;

/// <summary>A durable PostgreSQL server for one benchmark. Its data are deleted afterwards.</summary>
internal sealed class BenchmarkServer : IAsyncDisposable
{
    private readonly EmbeddedPostgres _server;
    private readonly string _folder;

    private BenchmarkServer(EmbeddedPostgres server, string folder) => (_server, _folder) = (server, folder);

    public static async Task<BenchmarkServer> StartAsync()
    {
        var folder = Path.Combine(RepositoryRoot.Find() ?? Path.GetTempPath(), ".local", $"benchmark-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        var server = await EmbeddedPostgres.StartAsync(folder, CancellationToken.None);
        Console.WriteLine($"PostgreSQL {server.Major}, durable, {Environment.ProcessorCount} processors");
        return new(server, folder);
    }

    /// <summary>Creates and migrates a database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await _server.CreateDatabaseAsync(name, CancellationToken.None);
        var connectionString = DatabaseRegistration.Prepare(_server.ConnectionString(name));
        await Migrator.MigrateAsync(connectionString, CancellationToken.None);
        await PanelSchema.CreateAsync(connectionString, CancellationToken.None);
        return connectionString;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _server.DisposeAsync();
        await EmbeddedPostgres.DiscardAsync(_folder, CancellationToken.None);
    }
}
