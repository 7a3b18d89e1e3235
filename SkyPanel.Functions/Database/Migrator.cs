using System.Reflection;

namespace SkyPanel.Functions.Database;

/// <summary>Migrates a database to the schema of this build. Processes may call it concurrently.</summary>
public static class Migrator
{
    private const string Folder = "SkyPanel.Functions.Database.Migrations.";

    // Held by an open transaction, since PgBouncer shares sessions between transactions.
    private const string LockSql = $"select pg_advisory_xact_lock({AdvisoryLocks.Migration})";

    private const string IsJournalThereSql = "select to_regclass('cron_service.migrations') is not null";

    private const string JournalSql = """
        create schema if not exists cron_service;
        create table cron_service.migrations (
            schemaversionsid serial not null, scriptname character varying(255) not null, applied timestamp without time zone not null,
            constraint "PK_migrations_Id" primary key (schemaversionsid)
        )
        """;

    private const string AppliedSql = "select scriptname from cron_service.migrations";
    private const string AddSql = "insert into cron_service.migrations (scriptname, applied) values (@script, now() at time zone 'UTC')";

    private static readonly TimeSpan MaxScriptTime = TimeSpan.FromMinutes(10);

    /// <summary>The names of this build's scripts, in order.</summary>
    public static IReadOnlyList<string> Scripts { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>Runs the missing scripts, all or none.</summary>
    /// <exception cref="MigrationException">A script failed.</exception>
    public static async Task MigrateAsync(string connectionString, CancellationToken ct)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false,
            CommandTimeout = (int)MaxScriptTime.TotalSeconds };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(ct);
        await using var transaction = await connection.BeginAloneAsync(ct);
        await LockAsync(connection, ct);
        await RunAsync(connection, Scripts, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Blocks migrations by other processes until the transaction ends.</summary>
    public static Task LockAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteAsync(LockSql, ct);

    /// <summary>Runs the missing ones of the scripts, in the caller's transaction.</summary>
    /// <exception cref="MigrationException">A script failed.</exception>
    public static async Task RunAsync(NpgsqlConnection connection, IEnumerable<string> scripts, CancellationToken ct)
    {
        if (!await connection.ScalarAsync<bool>(IsJournalThereSql, ct))
            await connection.ExecuteAsync(JournalSql, ct);
        var applied = await connection.QueryAsync<string>(AppliedSql, ct);
        foreach (var script in scripts.Except(applied))
        {
            try
            {
                await connection.ExecuteAsync(await ReadAsync(script, ct), ct);
            }
            catch (PostgresException e)
            {
                throw new MigrationException(script, e);
            }
            await connection.ExecuteAsync(AddSql, ct, ("script", script));
        }
    }

    private static async Task<string> ReadAsync(string script, CancellationToken ct)
    {
        using var text = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(script)!);
        return await text.ReadToEndAsync(ct);
    }
}
