using System.Diagnostics;
using System.Text.RegularExpressions;

namespace SkyPanel.Benchmarks;

/// <summary>Runs the app as a separate process, called over HTTP. Its timers fire on the first of January only, so that the benchmark
/// alone starts runs.</summary>
internal sealed partial class BenchmarkApp : IAsyncDisposable
{
    public const string AdminKey = "an-admin-key-of-more-than-32-characters";

    private const string Never = "0 0 0 1 1 *";
    private static readonly string[] Timers =
        ["Heartbeat", "HourlyBilling", "DnsRenewal", "Monitoring", "Maintenance", "Backup", "Payments"];
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("skypanel-").FullName;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    private BenchmarkApp(string[] command, string connectionString, (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", command)
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _folder,
        };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        foreach (var (name, value) in Environment(connectionString, _folder))
            start.Environment[name] = value;
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        _process = new() { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text && Listening().Match(text) is { Success: true } match)
                _address.TrySetResult(new(match.Groups[1].Value));
        };
        _process.Start();
        _process.BeginOutputReadLine();
    }

    /// <summary>The client of the app, which sends the admin key.</summary>
    public HttpClient Http { get; private set; } = null!;

    public static Task<BenchmarkApp> StartAsync(string connectionString, params (string Name, string Value)[] settings) =>
        StartAsync([Path.Combine(AppContext.BaseDirectory, "SkyPanel.Functions.dll")], connectionString, settings);

    /// <summary>The processor time that the process has used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts another program, or the app from another folder, in the same environment.</summary>
    /// <param name="command">The program's file and its arguments.</param>
    public static async Task<BenchmarkApp> StartAsync(string[] command, string connectionString,
        params (string Name, string Value)[] settings)
    {
        var app = new BenchmarkApp(command, connectionString, settings);
        try
        {
            app.Http = new() { BaseAddress = await app._address.Task.WaitAsync(StartsWithin), Timeout = TimeSpan.FromMinutes(10) };
            app.Http.DefaultRequestHeaders.Add("x-api-key", AdminKey);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the settings that the app needs to start.</summary>
    /// <param name="folder">The folder for its files.</param>
    private static IEnumerable<(string Name, string Value)> Environment(string connectionString, string folder) =>
    [
        ("DOTNET_PROCESSOR_COUNT", "2"), // The same number on every machine.
        ("ConnectionStrings__SkyPanel", connectionString),
        ("VirtFusion__BaseUrl", "http://127.0.0.1:9/api/v1"),
        ("VirtFusion__ApiToken", "unused"),
        ("LocalHost__SchedulesFile", Path.Combine(folder, "local.schedules.json")),
        ("Admin__BootstrapKey", AdminKey),
        .. Timers.Select(timer => ($"Cron__{timer}__Schedule", Never)),
    ];

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex Listening();
}
