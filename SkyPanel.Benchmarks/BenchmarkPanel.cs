using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions;

namespace SkyPanel.Benchmarks;

/// <summary>The app's services on a migrated database, on a durable PostgreSQL server of its own.</summary>
internal sealed class BenchmarkPanel : IAsyncDisposable
{
    private readonly BenchmarkServer _server;
    private readonly IHost _app;

    private BenchmarkPanel(BenchmarkServer server, IHost app) => (_server, _app) = (server, app);

    public IServiceProvider Services => _app.Services;
    public NpgsqlDataSource Source => Services.GetRequiredService<NpgsqlDataSource>();

    public static async Task<BenchmarkPanel> StartAsync(params (string Name, string Value)[] settings)
    {
        var server = await BenchmarkServer.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:SkyPanel"] = await server.CreateDatabaseAsync("benchmark") + ";Command Timeout=0",
            ["VirtFusion:BaseUrl"] = "http://127.0.0.1:9/api/v1",
            ["VirtFusion:ApiToken"] = "unused",
            ["Billing:MaxCatchUp"] = "30.00:00:00",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Name, s.Value)));
        builder.Logging.ClearProviders();
        builder.AddSkyPanel();
        return new(server, builder.Build());
    }

    public async ValueTask DisposeAsync()
    {
        _app.Dispose();
        await _server.DisposeAsync();
    }
}
