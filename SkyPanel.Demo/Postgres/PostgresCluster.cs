using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace SkyPanel.Demo.Postgres;

/// <summary>Manages one data directory and its server. The caller must hold the folder's lock against other
/// processes.</summary>
internal sealed class PostgresCluster(string folder)
{
    private const string Common =
        "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c shared_buffers=256MB " +
        "-c timezone=UTC -c log_timezone=UTC";

    // For data that a crash may destroy. Tests ask the database thousands of small things, which compiling (jit) would slow down.
    private const string Throwaway =
        " -c jit=off -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=4GB -c checkpoint_timeout=1h";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    public string Data { get; } = Path.Combine(folder, "data");

    private string PasswordFile => Path.Combine(folder, "password");

    private string Log => Path.Combine(folder, "postgres.log");

    public string Password => File.ReadAllText(PasswordFile);

    /// <returns>The version of the data; null without data.</returns>
    public int? Major() => File.Exists(Path.Combine(Data, "PG_VERSION"))
        ? int.Parse(File.ReadAllText(Path.Combine(Data, "PG_VERSION")), CultureInfo.InvariantCulture)
        : null;

    /// <summary>Creates the data directory under another name first, so that a crash leaves none.</summary>
    public async Task InitializeAsync(PostgresBinaries binaries, Unprivileged user, CancellationToken ct)
    {
        var unfinished = Data + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);

        File.Delete(PasswordFile);
        var ownerOnly = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            ownerOnly.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var password = new StreamWriter(PasswordFile, ownerOnly))
            await password.WriteAsync(RandomNumberGenerator.GetHexString(32, lowercase: true));

        // Sorts text by code point on every system and version. The built-in provider exists since 17.
        string[] locale = binaries.Major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] : [];
        var made = await Tool.RunAsync(
            user.Command([
                binaries["initdb"], "-D", unfinished, "--username=" + EmbeddedPostgres.UserName, "--pwfile=" + PasswordFile,
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", .. locale]),
            ct);
        ct.ThrowIfCancellationRequested(); // Ctrl-C reaches initdb too.
        if (made is not { ExitCode: 0 })
            throw new EmbeddedPostgresException($"initdb failed: {made?.Output}");

        Directory.Move(unfinished, Data);
    }

    /// <returns>The port.</returns>
    public async Task<int> StartAsync(PostgresBinaries binaries, Unprivileged user, bool durable, CancellationToken ct)
    {
        await user.OwnAsync(File.Exists(Log) ? [Data, Log] : [Data], ct);
        for (var attempt = 1; ; attempt++)
        {
            // Tries again: another process may take the port first, and children of a killed server may still be ending.
            var port = FreePort();
            var settings = $"-p {port} {Common}{(durable ? "" : Throwaway)}";
            // pg_ctl starts the server in its own session, so that it answers during our shutdown after Ctrl-C. The call isn't
            // cancelled, which would leave a server behind. The caller stops a started one.
            var exitCode = await Tool.RunUncapturedAsync(
                user.Command(binaries["pg_ctl"], "start", "-D", Data, "-l", Log, "-s", "-w", "-t", "60", "-o", settings),
                    CancellationToken.None);
            ct.ThrowIfCancellationRequested();
            if (exitCode == 0)
                return port;

            if (attempt == 5)
                throw new EmbeddedPostgresException($"PostgreSQL did not start: {string.Join(' ', File.ReadLines(Log).TakeLast(5))}");
            await Task.Delay(RetryAfter, TimeProvider.System, ct);
        }
    }

    /// <summary>Ends the sessions and stops the server, with the <c>pg_ctl</c> of any version.</summary>
    /// <param name="immediate">True: skips the checkpoint, so that the next start recovers.</param>
    /// <exception cref="EmbeddedPostgresException">The server still runs.</exception>
    public async Task StopAsync(PostgresBinaries binaries, Unprivileged user, CancellationToken ct, bool immediate = false)
    {
        var stop = user.Command(binaries["pg_ctl"], "stop", "-D", Data, "-s", "-w", "-t", "20").ToArray();
        if (!immediate && await Tool.RunAsync([.. stop, "-m", "fast"], ct) is { ExitCode: 0 })
            return;

        var last = await Tool.RunAsync([.. stop, "-m", "immediate"], ct);
        if (last is not { ExitCode: 0 } && Postmaster.Find(Data)?.IsRunning() == true)
            throw new EmbeddedPostgresException($"PostgreSQL in {Data} does not stop: {last?.Output}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
