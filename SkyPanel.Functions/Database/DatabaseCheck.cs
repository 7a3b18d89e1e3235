namespace SkyPanel.Functions.Database;

/// <summary>Checks before the first write that the app can use the database.</summary>
public static class DatabaseCheck
{
    private const int OldestVersion = 150_000;

    private const string InspectSql = """
        select current_setting('server_version_num')::integer as number, current_setting('server_version') as version,
               pg_is_in_recovery() as is_replica, current_setting('server_encoding') as encoding,
               current_setting('session_replication_role') as replication_role,
               coalesce(has_schema_privilege(to_regnamespace('cron_service'), 'CREATE, USAGE'),
                   has_database_privilege(current_database(), 'CREATE')) as may_create,
               to_regclass('cron_service.migrations') is not null as has_journal,
               coalesce((select setting::bigint from pg_settings where name = 'idle_session_timeout'), 0) as idle_timeout
        """;

    private const string AppliedSql = "select scriptname from cron_service.migrations";

    // With a shorter time-out the server would end pooled connections.
    private const long ShortestIdleMilliseconds = 600_000;

    /// <param name="connectionString">The connection string, whose password no message shows.</param>
    /// <returns>The applied scripts; null when the database was never migrated.</returns>
    /// <exception cref="StartException">The database can't be used. The message gives the reason.</exception>
    public static async Task<IReadOnlyCollection<string>?> CheckAsync(
        NpgsqlDataSource database, string connectionString, CancellationToken ct)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        try
        {
            await using var connection = await database.OpenConnectionAsync(ct);
            var (problem, applied) = await InspectAsync(connection, ct);
            if (problem is null)
                return applied;
            throw new StartException($"ConnectionStrings:SkyPanel: the database {builder.Database} on {builder.Host}:{builder.Port} " +
                $"{problem}");
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new StartException(ConnectionText.Describe(builder, e));
        }
    }

    private static async Task<(string? Problem, List<string>? Applied)> InspectAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // Begins no transaction of its own, since a replica refuses one that may write.
        var (number, version, isReplica, encoding, replicationRole, mayCreate, hasJournal, idleTimeout) =
            (await connection.QueryAsync<Inspection>(InspectSql, ct))[0];
        var problem = number < OldestVersion ? $"is PostgreSQL {version}, which is too old: 15 or later is needed."
            : isReplica ? "is a replica, which can't be written to: the primary is needed."
            : encoding != "UTF8" ? $"has the encoding {encoding}, which lacks characters that are stored: UTF8 is needed."
            : replicationRole != "origin"
                ? $"sets session_replication_role to {replicationRole} for this role, which switches off the triggers that guard the " +
                $"ledger: origin is needed."
            : idleTimeout is > 0 and < ShortestIdleMilliseconds
                ? $"sets idle_session_timeout to {idleTimeout} ms for this role, which ends connections that are kept for use: 0, or 10 " +
                $"minutes or more, is needed."
            : !mayCreate ? "doesn't let this role create the schema cron_service: grant it CREATE."
            : null;
        if (problem is not null || !hasJournal)
            return (problem, null);
        var applied = await connection.QueryAsync<string>(AppliedSql, ct);
        return (applied.Count > 0 && !applied.Contains(Migrator.Scripts[0])
            ? $"has a schema cron_service that another, unreleased build made ({applied.Count} scripts): a new database is needed." : null,
                applied);
    }

    private sealed record Inspection(int Number, string Version, bool IsReplica, string Encoding, string ReplicationRole, bool MayCreate,
        bool HasJournal, long IdleTimeout);
}
