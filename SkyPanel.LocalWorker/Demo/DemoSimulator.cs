using SkyPanel.LocalWorker.Simulators;

namespace SkyPanel.LocalWorker.Demo;

/// <summary>The demo's VirtFusion, on a port of its own: a second app on the same folder uses the first one's.</summary>
internal sealed class DemoSimulator : IAsyncDisposable
{
    private const int Port = 7072;

    private DemoSimulator(VirtFusionSimulator? own, string apiToken) => (Own, ApiToken) = (own, apiToken);

    /// <summary>Null when another process runs it.</summary>
    public VirtFusionSimulator? Own { get; }
    public string ApiToken { get; }
    public static string BaseUrl => $"http://127.0.0.1:{Port}/api/v1";

    public static async Task<DemoSimulator> StartAsync(string snapshotPath)
    {
        var options = new SimulatorOptions { Port = Port, SnapshotPath = snapshotPath };
        try
        {
            return new(await VirtFusionSimulator.StartAsync(options), options.ApiToken);
        }
        catch (IOException) // The port is taken: by the demo of another process.
        {
            return new(null, options.ApiToken);
        }
    }

    public ValueTask DisposeAsync() => Own?.DisposeAsync() ?? ValueTask.CompletedTask;
}
