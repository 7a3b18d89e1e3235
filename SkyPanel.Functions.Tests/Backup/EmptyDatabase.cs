using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Backup;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Tests.Backup;

/// <summary>A database with nothing in it, to restore into.</summary>
public sealed class EmptyDatabase : IAsyncDisposable
{
    // A row in a digest of its text: two tables are equal when their rows are, in whatever order.
    private const string DigestSql =
        "select coalesce(md5(string_agg(r, E'\\n' order by r)), '') || ' ' || count(*) from (select t::text as r from {0} t) as rows";

    private readonly string _name = $"restored_{Guid.NewGuid():N}";

    private EmptyDatabase()
    {
        ConnectionString = DatabaseRegistration.Prepare(TestServer.ConnectionString(_name));
        Source = NpgsqlDataSource.Create(ConnectionString);
    }

    public string ConnectionString { get; }
    public NpgsqlDataSource Source { get; }

    public static async Task<EmptyDatabase> CreateAsync()
    {
        var database = new EmptyDatabase();
        await TestServer.ExecuteAsync($"create database {database._name}");
        return database;
    }

    /// <param name="asOf">The instant of the restore, which hours are held up to.</param>
    public async Task<RestoreReport> RestoreAsync(string file, DateTimeOffset asOf)
    {
        await using var stream = File.OpenRead(file);
        return await RestoreAsync(stream, asOf);
    }

    public Task<RestoreReport> RestoreAsync(Stream file, DateTimeOffset asOf) =>
        new Restore(Source, new Integrity(Source, Options.Create(new LedgerOptions())), new())
            .LoadAsync(file, "a test's backup", asOf, TestContext.Current.CancellationToken);

    public async Task<T?> ScalarAsync<T>(string sql) =>
        (await Source.QueryAsync(sql, row => row.IsDBNull(0) ? default : row.GetFieldValue<T>(0), TestContext.Current.CancellationToken))
            .FirstOrDefault();

    public Task ExecuteAsync(string sql) => Source.ExecuteAsync(sql, TestContext.Current.CancellationToken);

    /// <returns>A digest of the rows of each table of ours, and of the panel's tables with the columns that a backup holds.</returns>
    public static async Task<Dictionary<string, string>> DigestsAsync(NpgsqlDataSource database)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await database.OpenConnectionAsync(ct);
        var digests = new Dictionary<string, string>();
        foreach (var table in await BackupTables.ListAsync(connection, ct))
        {
            var rows = $"(select {table.SqlColumns} from {table.SqlName})";
            digests[$"{table.Schema}.{table.Name}"] =
                (await connection.QueryAsync(DigestSql.Replace("{0}", rows, StringComparison.Ordinal), row => row.GetString(0), ct))[0];
        }
        return digests;
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await TestServer.ExecuteAsync($"drop database if exists {_name} with (force)");
    }
}
