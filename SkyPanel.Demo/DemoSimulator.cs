using System.Net;
using System.Security.Cryptography;
using System.Text;
using SkyPanel.Demo.Postgres;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Demo;

/// <summary>Runs one simulated VirtFusion for each folder. The process with the folder's lock serves it. When that process ends, another
/// one continues at the same address.</summary>
internal sealed class DemoSimulator : IAsyncDisposable
{
    private const int UsualPort = 7072;
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(5), RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stopping = new();
    private readonly SimulatorOptions _options;
    private readonly string _lockFile;
    private FileStream? _lock;
    private Task _takingOver = Task.CompletedTask;

    private DemoSimulator(SimulatorOptions options, Uri baseAddress, string lockFile) =>
        (_options, BaseUrl, _lockFile) = (options, baseAddress.ToString().TrimEnd('/'), lockFile);

    /// <summary>The simulator; null while another process runs it.</summary>
    public VirtFusionSimulator? Own { get; private set; }

    public string BaseUrl { get; }

    public string ApiToken => _options.ApiToken;

    public static async Task<DemoSimulator> StartAsync(string snapshotPath, CancellationToken ct)
    {
        // The folder's token identifies the folder's simulator.
        var token = $"simulator-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(snapshotPath))))[..16]}";
        var (addressFile, lockFile) = (Path.ChangeExtension(snapshotPath, ".url"), Path.ChangeExtension(snapshotPath, ".lock"));
        var options = new SimulatorOptions { Port = UsualPort, SnapshotPath = snapshotPath, ApiToken = token };
        while (true)
        {
            var last = File.Exists(addressFile) && Uri.TryCreate(await File.ReadAllTextAsync(addressFile, ct), UriKind.Absolute,
                out var read) ? read : null;
            if (FileLock.TryExclusive(lockFile) is { } mine)
                return await ServeAsync(options with { Port = last?.Port ?? UsualPort }, addressFile, mine);
            if (last is not null && await TakesAsync(last, token, ct))
                return Join(options with { Port = last.Port }, last, lockFile);
            await Task.Delay(RetryAfter, TimeProvider.System, ct); // The process with the lock is about to serve.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _takingOver.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Own is not null)
            await Own.DisposeAsync();
        if (_lock is not null)
            await _lock.DisposeAsync();
        _stopping.Dispose();
    }

    private static async Task<DemoSimulator> ServeAsync(SimulatorOptions options, string addressFile, FileStream mine)
    {
        VirtFusionSimulator? own = null;
        try
        {
            own = await TryServeAsync(options) ?? await VirtFusionSimulator.StartAsync(options with { Port = 0 });
            await File.WriteAllTextAsync(addressFile, own.BaseAddress.ToString());
            return new(options, own.BaseAddress, mine.Name) { Own = own, _lock = mine };
        }
        catch
        {
            await mine.DisposeAsync();
            if (own is not null)
                await own.DisposeAsync();
            throw;
        }
    }

    private static DemoSimulator Join(SimulatorOptions options, Uri address, string lockFile)
    {
        var joined = new DemoSimulator(options, address, lockFile);
        joined._takingOver = Task.Run(joined.TakeOverAsync);
        return joined;
    }

    private async Task TakeOverAsync()
    {
        _lock = await FileLock.ExclusiveAsync(_lockFile, _stopping.Token);
        while ((Own = await TryServeAsync(_options)) is null)
            await Task.Delay(RetryAfter, TimeProvider.System, _stopping.Token);
        Console.WriteLine($"The simulated VirtFusion's process has ended; this one goes on with it on {BaseUrl}");
    }

    /// <returns>Null when the port is taken.</returns>
    private static async Task<VirtFusionSimulator?> TryServeAsync(SimulatorOptions options)
    {
        try
        {
            return await VirtFusionSimulator.StartAsync(options);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task<bool> TakesAsync(Uri address, string token, CancellationToken ct)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = AnswersWithin };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        try
        {
            using var answer = await http.GetAsync(new Uri(address, "servers?type=simple&results=1"), ct);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        // None of our simulators listens there.
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
