using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using Npgsql;

namespace SkyPanel.Functions.Database;

/// <summary>Brings a database to the schema that this build needs. Any number of processes may call it at once.</summary>
public static class Migrator
{
    // Held by an open transaction, not by the session: PgBouncer hands sessions on between transactions.
    private const string LockSql = "select pg_advisory_xact_lock(707173)";
    private const string JournalSchemaSql = "create schema if not exists cron_service";

    /// <summary>Names of the scripts that this build has, in the order in which they are run.</summary>
    public static IReadOnlyList<string> Scripts { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(IsScript).Order(StringComparer.Ordinal)];

    /// <exception cref="MigrationException">A script failed; its transaction was rolled back, those before it stay.</exception>
    public static void Migrate(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using (var command = new NpgsqlCommand(LockSql, connection))
            command.ExecuteNonQuery();
        using (var journal = NpgsqlDataSource.Create(connectionString))
        using (var command = journal.CreateCommand(JournalSchemaSql))
            command.ExecuteNonQuery();

        // Variables off: DbUp would read the dollar quotes of a function body as one.
        var result = DeployChanges.To
            .PostgresqlDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), IsScript)
            .JournalToPostgresqlTable("cron_service", "migrations")
            .WithVariablesDisabled()
            .WithTransactionPerScript()
            .WithExecutionTimeout(TimeSpan.FromMinutes(10))
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
            throw new MigrationException(result.ErrorScript?.Name ?? "journal", result.Error);
    }

    /// <summary>Keeps every app from migrating this database until the transaction ends.</summary>
    public static Task LockAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteAsync(LockSql, ct);

    private static bool IsScript(string resource) =>
        resource.StartsWith("SkyPanel.Functions.Database.Migrations.", StringComparison.Ordinal) && resource.EndsWith(".sql", StringComparison.Ordinal);
}
