using Npgsql;

namespace SkyPanel.Demo.Postgres;

/// <summary>A PostgreSQL server on a free port of 127.0.0.1, with its data in one folder. Processes with the same folder share it,
/// and the last one stops it. A killed process leaves the server running, and the next start
/// uses it.</summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>The superuser. The file <c>password</c> in the data folder contains the password.</summary>
    public const string UserName = "skypanel";

    private readonly string _folder;
    private readonly PostgresBinaries _binaries;
    private readonly Unprivileged _user;
    private readonly string _password;
    private readonly bool _durable;
    private FileStream? _inUse;

    private EmbeddedPostgres(string folder, PostgresBinaries binaries, Unprivileged user, string password, bool durable, int port,
        FileStream inUse)
    {
        (_folder, _binaries, _user, _password, _durable, _inUse) = (folder, binaries, user, password, durable, inUse);
        Port = port;
    }

    public int Port { get; private set; }

    /// <summary>The major version, 15 or later.</summary>
    public int Major => _binaries.Major;

    /// <summary>Starts the server, or joins the one running on this folder.</summary>
    /// <param name="dataFolder">The folder, created if missing. To start over, delete it while no server runs.</param>
    /// <param name="log">Receives a line before each slow step; default: standard error.</param>
    /// <param name="durable">False is several times faster, but a crash may destroy the data.</param>
    /// <param name="binaries">The programs; default: <see cref="PostgresBinaries.FindAsync"/>.</param>
    /// <exception cref="EmbeddedPostgresException">PostgreSQL is missing or doesn't start. The message says why.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(
        string dataFolder, CancellationToken ct, Action<string>? log = null, bool durable = true, PostgresBinaries? binaries = null)
    {
        var folder = Path.GetFullPath(dataFolder);
        await using var starting = await FileLock.ExclusiveAsync(StartLock(folder), ct);
        var user = await Unprivileged.FindAsync(ct);
        var cluster = new PostgresCluster(folder);
        var inUse = FileLock.Shared(UseLock(folder));
        try
        {
            binaries ??= await PostgresBinaries.FindAsync(cluster.Major(), log ?? Console.Error.WriteLine, ct);
            if (cluster.Major() is null)
                await cluster.InitializeAsync(binaries, user, ct);

            var port = await RunningPortAsync(cluster, binaries, user, ct) ?? await cluster.StartAsync(binaries, user, durable, ct);
            return new(folder, binaries, user, cluster.Password, durable, port, inUse);
        }
        catch
        {
            await inUse.DisposeAsync();
            await StopUnusedAsync(folder, binaries, user);
            throw;
        }
    }

    /// <summary>Stops a server left by a killed process and deletes the folder; does nothing while a process uses it.</summary>
    public static async Task DiscardAsync(string dataFolder, CancellationToken ct)
    {
        var folder = Path.GetFullPath(dataFolder);
        await using (await FileLock.ExclusiveAsync(StartLock(folder), ct))
        {
            await using var alone = FileLock.TryExclusive(UseLock(folder));
            if (alone is null)
                return;

            var cluster = new PostgresCluster(folder);
            if (Postmaster.Find(cluster.Data)?.IsRunning() == true)
                await cluster.StopAsync(await PostgresBinaries.FindAsync(null, Console.Error.WriteLine, ct),
                    await Unprivileged.FindAsync(ct), ct);
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <param name="database">The database, which may not exist yet: see <see cref="CreateDatabaseAsync"/>.</param>
    public string ConnectionString(string database) => ConnectionString(Port, _password, database);

    /// <summary>Creates the database unless it exists.</summary>
    public async Task CreateDatabaseAsync(string database, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync(ct);
        try
        {
            var name = new NpgsqlCommandBuilder().QuoteIdentifier(database);
            await using var create = new NpgsqlCommand($"create database {name}", connection);
            await create.ExecuteNonQueryAsync(ct);
        }
        // Exists already, or was created concurrently.
        catch (PostgresException exists) when (exists.SqlState is PostgresErrorCodes.DuplicateDatabase
            or PostgresErrorCodes.UniqueViolation)
        {
        }
    }

    /// <summary>Restarts the server on another <see cref="Port"/>. Requires that no other process uses the folder.</summary>
    /// <param name="immediate">True: simulates a crash. Committed data survive if the server is durable.</param>
    /// <exception cref="EmbeddedPostgresException">It doesn't stop or start. Another call may succeed.</exception>
    public async Task RestartAsync(bool immediate, CancellationToken ct)
    {
        await using var starting = await FileLock.ExclusiveAsync(StartLock(_folder), ct);
        var cluster = new PostgresCluster(_folder);
        if (Postmaster.Find(cluster.Data)?.IsRunning() == true)
            await cluster.StopAsync(_binaries, _user, ct, immediate);
        Port = await cluster.StartAsync(_binaries, _user, _durable, ct);
    }

    /// <summary>Stops the server, unless another process still uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _inUse, null) is not { } mine)
            return;

        await using var starting = await FileLock.ExclusiveAsync(StartLock(_folder), CancellationToken.None);
        await mine.DisposeAsync();
        await StopUnusedAsync(_folder, _binaries, _user);
    }

    // The caller holds the start lock.
    private static async Task StopUnusedAsync(string folder, PostgresBinaries? binaries, Unprivileged user)
    {
        await using var alone = FileLock.TryExclusive(UseLock(folder));
        var cluster = new PostgresCluster(folder);
        if (alone is not null && binaries is not null && Postmaster.Find(cluster.Data)?.IsRunning() == true)
            await cluster.StopAsync(binaries, user, CancellationToken.None);
    }

    private static async Task<int?> RunningPortAsync(
        PostgresCluster cluster, PostgresBinaries binaries, Unprivileged user, CancellationToken ct)
    {
        if (Postmaster.Find(cluster.Data) is not { } left)
            return null;

        var ours = await left.AnswersAsync(ConnectionString(left.Port, cluster.Password, "postgres"), ct);
        if (ours == true)
            return left.Port;

        if (ours is null && left.IsRunning())
            await cluster.StopAsync(binaries, user, ct);
        File.Delete(Path.Combine(cluster.Data, "postmaster.pid"));
        return null;
    }

    private static string ConnectionString(int port, string password, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = UserName,
        Password = password,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
        IncludeErrorDetail = true,
    }.ConnectionString;

    private static string StartLock(string folder) => Path.Combine(folder, "start.lock");

    private static string UseLock(string folder) => Path.Combine(folder, "use.lock");
}
