using System.Reflection;
using System.Security.Cryptography;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Demo.Postgres;
using SkyPanel.Functions.Panel;

[assembly: AssemblyFixture(typeof(SkyPanel.Functions.Tests.TestServer.Lifetime))]

namespace SkyPanel.Functions.Tests;

/// <summary>One PostgreSQL for the whole run, started when the first test asks for it. <c>SKYPANEL_TEST_POSTGRES</c>, a
/// connection string of a role that may create databases, names a server to use instead.</summary>
public static class TestServer
{
    private const string Memory = "/dev/shm";
    private const long MemoryNeeded = 4L << 30;

    private static readonly Lazy<Task<EmbeddedPostgres>> Embedded = new(() => Task.Run(StartAsync));
    private static readonly string Local = Path.Combine(RepositoryRoot.Find() ?? Path.GetTempPath(), ".local");
    private static readonly string FolderInMemory = Path.Combine(Memory, $"skypanel-{Environment.UserName}");
    private static readonly string Base = InMemory() ?? Local;
    private static readonly string Folder = Path.Combine(Base, $"tests-{Environment.ProcessId}");
    private static readonly string? Given = Environment.GetEnvironmentVariable("SKYPANEL_TEST_POSTGRES");

    /// <summary>Name of the migrated database that tests clone. It carries a hash of the migrations, so a server that
    /// outlives the run keeps it until they change.</summary>
    public static Lazy<Task<string>> Template { get; } = new(CreateTemplateAsync);

    /// <summary>Blocks while the server starts, if nothing has started it.</summary>
    public static string ConnectionString(string database) => string.IsNullOrEmpty(Given)
        ? Embedded.Value.GetAwaiter().GetResult().ConnectionString(database)
        : new NpgsqlConnectionStringBuilder(Given) { Database = database }.ConnectionString;

    /// <returns>The path of a new folder that is deleted after the run.</returns>
    public static async Task<string> FolderAsync(string name)
    {
        await Embedded.Value;
        return Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
    }

    public static async Task ExecuteAsync(string sql)
    {
        await StartedAsync();
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Stops the server and deletes its data. What a killed run leaves, the next one stops and deletes.</summary>
    public static async ValueTask StopAsync()
    {
        if (Embedded is not { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } started })
            return;

        NpgsqlConnection.ClearAllPools();
        await (await started).DisposeAsync();
        await EmbeddedPostgres.DiscardAsync(Folder, CancellationToken.None);
    }

    private static Task StartedAsync() => string.IsNullOrEmpty(Given) ? Embedded.Value : Task.CompletedTask;

    private static async Task<EmbeddedPostgres> StartAsync()
    {
        Directory.CreateDirectory(Local);
        Directory.CreateDirectory(Base);
        foreach (var left in new[] { Local, FolderInMemory }.Where(Directory.Exists)
            .SelectMany(folder => Directory.GetDirectories(folder, "tests-*")))
        {
            try
            {
                await EmbeddedPostgres.DiscardAsync(left, CancellationToken.None);
            }
            catch (Exception another) when (another is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"{left} of an earlier run stays: {another.Message}");
            }
        }

        return await EmbeddedPostgres.StartAsync(Folder, CancellationToken.None, durable: false);
    }

    // Thousands of databases are created and dropped, with hundreds of files each: on some disks half of the run's processor time.
    private static string? InMemory() =>
        Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= MemoryNeeded ? FolderInMemory : null;

    private static async Task<string> CreateTemplateAsync()
    {
        await StartedAsync();
        var template = $"template_{MigrationsHash()}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        // Another run may be making it on the same server. Only a finished one gets the name.
        await ExecuteAsync(connection, "select pg_advisory_lock(hashtext('skypanel test template'))");
        await using var find = new NpgsqlCommand("select exists (select from pg_database where datname = $1)", connection);
        find.Parameters.Add(new() { Value = template });
        if (await find.ExecuteScalarAsync() is true)
            return template;

        var unfinished = $"{template}_unfinished";
        await ExecuteAsync(connection, $"drop database if exists {unfinished} with (force)");
        await ExecuteAsync(connection, $"create database {unfinished}");
        var connectionString = new NpgsqlConnectionStringBuilder(ConnectionString(unfinished)) { Pooling = false }.ConnectionString;
        await Migrator.MigrateAsync(connectionString, CancellationToken.None);
        await PanelSchema.CreateAsync(connectionString, CancellationToken.None);
        // A panel that was there before: what stands in its tables, a test puts there.
        await using (var panel = new NpgsqlConnection(connectionString))
        {
            await panel.OpenAsync();
            await ExecuteAsync(panel, "delete from public.server_hourly_billing_settings");
        }
        await ExecuteAsync(connection, $"alter database {unfinished} rename to {template}");
        return template;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    private static string MigrationsHash()
    {
        var app = Assembly.Load("SkyPanel.Functions");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in app.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            using var content = new MemoryStream();
            app.GetManifestResourceStream(name)!.CopyTo(content);
            hash.AppendData(content.ToArray());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>Stops the server after the last test.</summary>
    public sealed class Lifetime : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => StopAsync();
    }
}
