using System.Reflection;
using Npgsql;

namespace SkyPanel.Functions.Database;

/// <summary>Brings a database to the schema that this build needs. Any number of processes may call it at once.</summary>
public static class Migrator
{
    private const string Folder = "SkyPanel.Functions.Database.Migrations.";

    // Held by an open transaction, not by the session: PgBouncer hands sessions on between transactions.
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

    private static readonly TimeSpan LongestScript = TimeSpan.FromMinutes(10);

    /// <summary>Names of the scripts that this build has, in the order in which they are run.</summary>
    public static IReadOnlyList<string> Scripts { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>Runs the scripts that weren't run yet, all of them or none.</summary>
    /// <exception cref="MigrationException">A script failed.</exception>
    public static async Task MigrateAsync(string connectionString, CancellationToken ct)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false,
            CommandTimeout = (int)LongestScript.TotalSeconds };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(ct);
        await using var transaction = await connection.BeginAloneAsync(ct);
        await LockAsync(connection, ct);
        await RunAsync(connection, Scripts, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Keeps every app from migrating this database until the transaction ends.</summary>
    public static Task LockAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteAsync(LockSql, ct);

    /// <summary>Runs those of the scripts that weren't run yet, in the caller's transaction.</summary>
    /// <exception cref="MigrationException">A script failed.</exception>
    public static async Task RunAsync(NpgsqlConnection connection, IEnumerable<string> scripts, CancellationToken ct)
    {
        if (!(await connection.QueryAsync(IsJournalThereSql, row => row.GetBoolean(0), ct))[0])
            await connection.ExecuteAsync(JournalSql, ct);
        var applied = await connection.QueryAsync(AppliedSql, row => row.GetString(0), ct);
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
