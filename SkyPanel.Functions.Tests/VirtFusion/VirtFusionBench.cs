using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SkyPanel.Functions.VirtFusion;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.VirtFusion;

/// <summary>A simulated VirtFusion, and the client as the app registers it, with the rate all but lifted.</summary>
internal sealed class VirtFusionBench : IAsyncDisposable
{
    public const string Token = "token-of-the-bench";
    public static readonly DateTimeOffset Created = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private readonly ServiceProvider _services;

    private VirtFusionBench(VirtFusionSimulator simulator, ServiceProvider services)
    {
        Simulator = simulator;
        _services = services;
    }

    public VirtFusionSimulator Simulator { get; }

    public VirtFusionClient Client => _services.GetRequiredService<VirtFusionClient>();

    public VirtFusionConnection Connection => _services.GetRequiredService<VirtFusionConnection>();

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="time">The app's clock; the simulator keeps the real one.</param>
    /// <param name="settings">Over the bench's own, such as <c>("MaxConcurrency", "1")</c>.</param>
    public static async Task<VirtFusionBench> StartAsync(
        TimeProvider? time = null, ILoggerProvider? log = null, params (string Name, string Value)[] settings)
    {
        var simulator = await VirtFusionSimulator.StartAsync(new() { ApiToken = Token }, Cancel);
        var configuration = new Dictionary<string, string?>
        {
            ["VirtFusion:BaseUrl"] = simulator.BaseAddress.ToString(),
            ["VirtFusion:ApiToken"] = Token,
            ["VirtFusion:RequestsPerSecond"] = "10000",
        };
        foreach (var (name, value) in settings)
            configuration[$"VirtFusion:{name}"] = value;

        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build());
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddVirtFusion();
        if (log is not null)
            services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));

        return new(simulator, services.BuildServiceProvider());
    }

    public void AddServers(int count)
    {
        for (var id = 1; id <= count; id++)
            Simulator.AddServer(id, ownerId: 1000 + id, Created);
    }

    public Task<CreditOutcome> TakeAsync(int extRelationId, int tokens, CancellationToken? cancellationToken = null) =>
        Client.AddCreditAsync(extRelationId, -tokens, 1, "test", Soon(), cancellationToken ?? Cancel);

    public static SendDeadline Soon() => new(TimeProvider.System, TimeSpan.FromMinutes(1));

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Simulator.DisposeAsync();
    }
}
