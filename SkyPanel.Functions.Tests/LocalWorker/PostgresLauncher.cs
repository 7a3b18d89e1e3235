using System.Diagnostics;
using SkyPanel.LocalWorker.Postgres;

namespace SkyPanel.Functions.Tests.LocalWorker;

/// <summary>A process of its own that starts a server and is killed: this same program, asked to run one test.</summary>
public sealed class PostgresLauncher
{
    private const string FolderVariable = "SKYPANEL_TEST_LAUNCHER_FOLDER";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    [Fact(Explicit = true)]
    public async Task Starts_and_waits_to_be_killed()
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        await using var server = await EmbeddedPostgres.StartAsync(folder, ct, durable: false);
        await File.WriteAllTextAsync(Started(folder), "", ct);
        await Task.Delay(Patience, TimeProvider.System, ct);
    }

    /// <summary>Comes back when the server runs and its launcher is dead.</summary>
    internal static async Task LaunchAndKillAsync(string folder)
    {
        var program = Path.ChangeExtension(typeof(PostgresLauncher).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        var test = $"{typeof(PostgresLauncher).FullName}.{nameof(Starts_and_waits_to_be_killed)}";
        // Its output is redirected because ours is how test results travel.
        var start = new ProcessStartInfo(program, ["-explicit", "only", "-method", test]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[FolderVariable] = folder;

        using var launcher = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!File.Exists(Started(folder)))
        {
            Assert.False(launcher.HasExited, "The launcher ended by itself.");
            await Task.Delay(LookEvery, TimeProvider.System, patience.Token);
        }

        launcher.Kill();
        await launcher.WaitForExitAsync(patience.Token);
    }

    private static string Started(string folder) => Path.Combine(folder, "started");
}
