using System.Net;
using System.Security.Cryptography;
using System.Text;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Demo;

/// <summary>The demo's VirtFusion, on a port of its own: a second app on the same folder uses the first one's, a demo in another folder takes
/// another port.</summary>
internal sealed class DemoSimulator : IAsyncDisposable
{
    private const int Port = 7072;
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(5);

    private DemoSimulator(VirtFusionSimulator? own, Uri baseAddress, string apiToken) => (Own, BaseUrl, ApiToken) = (own, baseAddress.ToString().TrimEnd('/'), apiToken);

    /// <summary>Null when another process runs it.</summary>
    public VirtFusionSimulator? Own { get; }
    public string BaseUrl { get; }
    public string ApiToken { get; }

    public static async Task<DemoSimulator> StartAsync(string snapshotPath)
    {
        // The folder's own: whose simulator it is that answers is told by whether it takes this token.
        var token = $"simulator-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(snapshotPath))))[..16]}";
        var usual = new Uri($"http://127.0.0.1:{Port}/api/v1/");
        var addressFile = Path.ChangeExtension(snapshotPath, ".url");
        if (File.Exists(addressFile) && Uri.TryCreate(await File.ReadAllTextAsync(addressFile), UriKind.Absolute, out var last) && await TakesAsync(last, token))
            return new(null, last, token);

        var own = await OwnAsync(new SimulatorOptions { Port = Port, SnapshotPath = snapshotPath, ApiToken = token }, usual);
        if (own is null)
            return new(null, usual, token);
        await File.WriteAllTextAsync(addressFile, own.BaseAddress.ToString());
        return new(own, own.BaseAddress, token);
    }

    public ValueTask DisposeAsync() => Own?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <returns>Null when another process has just started this folder's.</returns>
    private static async Task<VirtFusionSimulator?> OwnAsync(SimulatorOptions options, Uri usual)
    {
        try
        {
            return await VirtFusionSimulator.StartAsync(options);
        }
        catch (IOException) // The port is taken.
        {
            return await TakesAsync(usual, options.ApiToken) ? null : await VirtFusionSimulator.StartAsync(options with { Port = 0 });
        }
    }

    private static async Task<bool> TakesAsync(Uri address, string token)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = AnswersWithin };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        try
        {
            using var answer = await http.GetAsync(new Uri(address, "servers?type=simple&results=1"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException) // Whatever listens there is none of ours.
        {
            return false;
        }
    }
}
