namespace SkyPanel.Functions.Health;

/// <summary>The properties of the database server and the connection, read once.</summary>
/// <param name="MayMigrate">Whether the app's role may create in our schema.</param>
/// <param name="IsPooled">Whether a pooler is in between: the backend's pid isn't the one that the driver connected to.</param>
/// <param name="Prepares">Whether statements are prepared by themselves, which belongs to one session of the server.</param>
/// <param name="Skew">How far its clock and the app's are apart at least.</param>
internal sealed record Server(string Version, bool IsReplica, bool MayMigrate, bool IsPooled, bool Prepares, TimeSpan Skew)
{
    // A claim's deadline is watched on both clocks: with a larger difference, debits would be given up before they are sent.
    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(5);

    private const string ServerSql = """
        select current_setting('server_version') as version, pg_is_in_recovery() as is_replica,
               has_schema_privilege('cron_service', 'CREATE, USAGE') as may_migrate, pg_backend_pid() as pid, clock_timestamp() as now
        """;

    public static async Task<Server> ReadAsync(NpgsqlDataSource database, TimeProvider time, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var prepares = new NpgsqlConnectionStringBuilder(database.ConnectionString).MaxAutoPrepare > 0;
        var before = time.GetUtcNow();
        await using var transaction = await connection.BeginAsync(ct);
        var rows = await connection.QueryAsync(ServerSql, row => new Server(
            row.Get<string>("version"), row.Get<bool>("is_replica"), row.Get<bool>("may_migrate"),
            row.Get<int>("pid") != connection.ProcessID, prepares, row.Get<DateTimeOffset>("now") - before), ct);
        var half = (time.GetUtcNow() - before) / 2;
        return rows[0] with { Skew = (rows[0].Skew - half).Duration() - half };
    }

    public Finding Database() => IsReplica
        ? Finding.Failing($"PostgreSQL {Version} is a replica: nothing can be written.",
            "Point ConnectionStrings:SkyPanel at the primary.")
        : Finding.Ok($"PostgreSQL {Version} answers.");

    public Finding Pooler() =>
        !IsPooled ? Finding.Ok("No pooler is between the app and the database.")
        : Prepares ? Finding.Warning(
            "A pooler is between the app and the database, and the connection string has Max Auto Prepare: a prepared statement belongs " +
            "to one session.",
            "Take Max Auto Prepare out of ConnectionStrings:SkyPanel, unless the pooler follows prepared statements.")
        : Finding.Ok("A pooler is between the app and the database. Its transaction mode will do: the app keeps nothing in a " +
            "session.");

    public Finding Clock() => Skew <= LargestSkew
        ? Finding.Ok("The clocks of the app and the database agree.")
        : Finding.Failing(
            FormattableString.Invariant($"The clocks of the app and the database differ by {Skew.TotalSeconds:0} seconds."),
            $"Synchronise them (NTP): debits are given up before they are sent, and more than " +
            $"{DatabaseClock.MaxDifference.TotalMinutes:0} minutes apart nothing new is charged.", "database");
}
