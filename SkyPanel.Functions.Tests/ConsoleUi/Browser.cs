using System.Diagnostics;
using PuppeteerSharp;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>A real browser: an installed Chrome, Chromium or Edge, else Chromium from npm.</summary>
public static class Browser
{
    private const int MaxLaunches = 3;
    private static readonly TimeSpan InstallsWithin = TimeSpan.FromMinutes(8);
    private static readonly string[] Installed = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser",
        "microsoft-edge"];

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
    ];

    public static string Root { get; } = RepositoryRoot.Find()
        ?? throw new InvalidOperationException("There is no package.json above the tests.");

    public static async Task<IBrowser> LaunchAsync()
    {
        var options = new LaunchOptions { ExecutablePath = FindInstalled() ?? await FromNpmAsync(), Headless = true, Args = Arguments };
        for (var launch = 1; ; launch++)
        {
            try
            {
                return await Puppeteer.LaunchAsync(options);
            }
            catch (ProcessException) when (launch < MaxLaunches)
            {
                // Chromium crashes now and then while it starts: a fault of its own, in a thread of its pool.
            }
        }
    }

    /// <summary>Reads a file of an npm package, after getting the packages where they are absent.</summary>
    public static async Task<string> ReadPackageAsync(string path)
    {
        await InstallAsync(path);
        return await File.ReadAllTextAsync(Path.Combine(Root, "node_modules", path), TestContext.Current.CancellationToken);
    }

    private static string? FindInstalled() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Installed.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    // The package unpacks its browser into the temporary folder and says where. It takes one that is being unpacked for a whole one.
    private static async Task<string> FromNpmAsync()
    {
        await InstallAsync("@sparticuz/chromium/package.json");
        await using var once = await LockAsync();
        var path = await RunAsync("node",
            ["-e", "import('@sparticuz/chromium').then(c => c.default.executablePath()).then(p => console.log(p))"]);
        return path.Trim();
    }

    private static async Task InstallAsync(string path)
    {
        await using var once = await LockAsync();
        if (File.Exists(Path.Combine(Root, "node_modules", path)))
            return;
        string[] command = Directory.Exists(Path.Combine(Root, "node_modules")) ? ["install", "--no-save", "--no-package-lock"] : ["ci"];
        await RunAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", command);
    }

    // The launcher of npm's PostgreSQL takes it too: npm ci begins by deleting node_modules.
    private static Task<FileStream> LockAsync() =>
        FileLock.ExclusiveAsync(Path.Combine(Root, ".local", "npm.lock"), TestContext.Current.CancellationToken);

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Root,
            RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(InstallsWithin, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0 ? output
            : throw new InvalidOperationException($"{program} {arguments[0]} ended with {process.ExitCode}: {output}");
    }
}
