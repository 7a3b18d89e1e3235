using Npgsql;
using NpgsqlTypes;

namespace SkyPanel.LocalHost;

/// <summary>Keeps the status of timers across restarts, as the Functions host does in its storage account.</summary>
internal sealed class TimerStatusStore(string connectionString) : IAsyncDisposable
{
    private const string ExistsSql = "select to_regclass('local_host.timers') is not null";

    private const string CreateSql = """
        create schema if not exists local_host;
        create table if not exists local_host.timers (
            function_name text primary key,
            schedule text not null,
            last_at timestamptz,
            next_at timestamptz not null,
            updated_at timestamptz not null
        )
        """;

    private const string AllSql = "select function_name, schedule, last_at, next_at, updated_at from local_host.timers";

    private const string SaveSql = """
        insert into local_host.timers (function_name, schedule, last_at, next_at, updated_at)
        values (@function_name, @schedule, @last_at, @next_at, @updated_at)
        on conflict (function_name) do update set
            schedule = excluded.schedule, last_at = excluded.last_at, next_at = excluded.next_at, updated_at = excluded.updated_at
        """;

    // Overrides read-only defaults of the role or database: an unsaved status makes a timer fire twice.
    private const string Begin = "begin isolation level read committed read write";

    private const int CreateAttempts = 5;

    // Short timeouts: a late timer would be worse than a lost status.
    private readonly Lazy<NpgsqlDataSource> database = new(() => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString) { MinPoolSize = 0, MaxPoolSize = 2, Timeout = 10, CommandTimeout = 10 }));

    private bool _exists;

    public async Task<Dictionary<string, TimerStatus>> AllAsync(CancellationToken ct)
    {
        await CreateTableAsync(ct);
        var all = new Dictionary<string, TimerStatus>();
        await using var command = database.Value.CreateCommand(AllSql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            all[reader.GetString(0)] = new(
                reader.GetString(1),
                await reader.GetFieldValueAsync<DateTimeOffset?>(2, ct),
                await reader.GetFieldValueAsync<DateTimeOffset>(3, ct),
                await reader.GetFieldValueAsync<DateTimeOffset>(4, ct));
        }

        return all;
    }

    public async Task SaveAsync(string function, TimerStatus status)
    {
        await CreateTableAsync(CancellationToken.None);
        await using var command = database.Value.CreateCommand($"{Begin}; {SaveSql}; commit");
        command.Parameters.AddWithValue("function_name", function);
        command.Parameters.AddWithValue("schedule", status.Schedule);
        command.Parameters.AddWithValue("last_at", NpgsqlDbType.TimestampTz, (object?)status.Last?.UtcDateTime ?? DBNull.Value);
        command.Parameters.AddWithValue("next_at", status.Next.ToUniversalTime());
        command.Parameters.AddWithValue("updated_at", status.Updated.ToUniversalTime());
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => database.IsValueCreated ? database.Value.DisposeAsync() : default;

    // Checks first, because creating needs the right to create even if the table exists. "if not exists" can still fail when two
    // create at the same time; the second one then tries again.
    private async Task CreateTableAsync(CancellationToken ct)
    {
        for (var attempt = 1; !_exists; attempt++)
        {
            await using var find = database.Value.CreateCommand(ExistsSql);
            _exists = await find.ExecuteScalarAsync(ct) is true;
            if (_exists)
                return;
            try
            {
                await using var create = database.Value.CreateCommand($"{Begin}; {CreateSql}; commit");
                await create.ExecuteNonQueryAsync(ct);
            }
            catch (PostgresException exception) when (attempt < CreateAttempts && exception.SqlState is PostgresErrorCodes.UniqueViolation
                // Another process is creating it.
                or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateSchema or PostgresErrorCodes.DuplicateObject)
            {
            }
        }
    }
}
