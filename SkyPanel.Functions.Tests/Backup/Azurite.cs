using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Backup;

/// <summary>The blob service of package.json's storage emulator, in memory, on a port of its own. It is started by the one test that wants
/// it, which runs <c>npm ci</c> when it isn't there.</summary>
public sealed partial class Azurite : IAsyncDisposable
{
    private const string Account = "tests";
    private static readonly TimeSpan StartsWithin = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan InstallsWithin = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private string _url = "";

    private Azurite(string program)
    {
        var start = new ProcessStartInfo("node",
            [program, "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["AZURITE_ACCOUNTS"] = $"{Account}:{_key}";
        _process = new() { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            if (Listening().Match(line.Data ?? "") is { Success: true } match)
                _address.TrySetResult(match.Groups[1].Value);
        };
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={_key};BlobEndpoint={_url}/{Account};";

    public static async Task<Azurite> StartAsync()
    {
        var root = RepositoryRoot.Find() ?? throw new InvalidOperationException("There is no package.json above the tests.");
        var program = Path.Combine(root, "node_modules", "azurite", "dist", "src", "blob", "main.js");
        // Under the lock that the launcher of npm's PostgreSQL takes, and never over its feet: npm ci begins by deleting node_modules.
        await using (await FileLock.ExclusiveAsync(Path.Combine(root, ".local", "npm.lock"), TestContext.Current.CancellationToken))
        {
            if (!File.Exists(program))
                await InstallAsync(root, Directory.Exists(Path.Combine(root, "node_modules"))
                    ? ["install", "--no-save", "--no-package-lock"] : ["ci"]);
        }
        var azurite = new Azurite(program);
        azurite._url = await azurite._address.Task.WaitAsync(StartsWithin, TestContext.Current.CancellationToken);
        return azurite;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static async Task InstallAsync(string root, string[] command)
    {
        using var npm = Process.Start(new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm",
            command) { WorkingDirectory = root })!;
        await npm.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(InstallsWithin, TestContext.Current.CancellationToken);
        if (npm.ExitCode != 0)
            throw new InvalidOperationException(
                $"npm {string.Join(' ', command)} in {root} ended with {npm.ExitCode}: the storage emulator can't be had.");
    }

    [GeneratedRegex(@"successfully listens on (http://\S+)")]
    private static partial Regex Listening();
}
