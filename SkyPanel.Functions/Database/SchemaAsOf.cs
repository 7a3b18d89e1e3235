using System.Reflection;
using Npgsql;

namespace SkyPanel.Functions.Database;

/// <summary>Makes the schema of an earlier moment in an empty database, within the caller's transaction: for a restore, which is all or nothing.</summary>
public static class SchemaAsOf
{
    // As DbUp makes it, which goes on from there at the next start.
    private const string JournalSql = """
        create schema if not exists cron_service;
        create table cron_service.migrations (
            schemaversionsid serial not null, scriptname character varying(255) not null, applied timestamp without time zone not null,
            constraint "PK_migrations_Id" primary key (schemaversionsid)
        )
        """;

    private const string AppliedSql = "insert into cron_service.migrations (scriptname, applied) values (@script, now() at time zone 'UTC')";

    /// <returns>Those of the scripts that this build doesn't have.</returns>
    public static List<string> Unknown(IEnumerable<string> scripts) => [.. scripts.Except(Migrator.Scripts)];

    /// <param name="scripts">In order; all of them known.</param>
    public static async Task MakeAsync(NpgsqlConnection connection, IEnumerable<string> scripts, CancellationToken ct)
    {
        await connection.ExecuteAsync(JournalSql, ct);
        foreach (var script in scripts)
        {
            using var text = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(script)!);
            try
            {
                await connection.ExecuteAsync(await text.ReadToEndAsync(ct), ct);
            }
            catch (PostgresException e)
            {
                throw new MigrationException(script, e);
            }
            await connection.ExecuteAsync(AppliedSql, ct, ("script", script));
        }
    }
}
