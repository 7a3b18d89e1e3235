using System.Diagnostics;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.Demo;

/// <summary>A process of its own that starts a server and is killed: this same program, asked to run the test of this class, which then is
/// the launcher.</summary>
public sealed class PostgresLauncherTests
{
    private const string FolderVariable = "SKYPANEL_TEST_LAUNCHER_FOLDER";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_killed_launcher_leaves_a_server_that_the_next_start_uses()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } given)
        {
            await LaunchAsync(given);
            return;
        }

        var ct = TestContext.Current.CancellationToken;
        var folder = await TestServer.FolderAsync("launcher");
        var pidFile = Path.Combine(folder, "data", "postmaster.pid");
        await LaunchAndKillAsync(folder);
        var left = await File.ReadAllTextAsync(pidFile, ct);

        await using (await EmbeddedPostgres.StartAsync(folder, ct, durable: false))
            Assert.Equal(left, await File.ReadAllTextAsync(pidFile, ct));

        Assert.False(File.Exists(pidFile));
    }

    private static async Task LaunchAsync(string folder)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var server = await EmbeddedPostgres.StartAsync(folder, ct, durable: false);
        await File.WriteAllTextAsync(Started(folder), "", ct);
        await Task.Delay(Patience, TimeProvider.System, ct); // It is killed long before.
    }

    /// <summary>Comes back when the server runs and its launcher is dead.</summary>
    private static async Task LaunchAndKillAsync(string folder)
    {
        var program = Path.ChangeExtension(typeof(PostgresLauncherTests).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        var test = $"{typeof(PostgresLauncherTests).FullName}.{nameof(A_killed_launcher_leaves_a_server_that_the_next_start_uses)}";
        // Its output is redirected because ours is how test results travel.
        var start = new ProcessStartInfo(program, ["-method", test]) { RedirectStandardOutput = true, RedirectStandardError = true };
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
