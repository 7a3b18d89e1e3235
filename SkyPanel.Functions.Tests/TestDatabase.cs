using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Tests;

/// <summary>A migrated database of its own for one test class, cloned from the template: no mocks, no clean-up between
/// classes, and classes run in parallel.</summary>
public sealed class TestDatabase : IAsyncLifetime
{
    private const string BlockedSql = """
        select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
        """;

    private static readonly TimeSpan BlockedWithin = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    private readonly string name = $"skypanel_{Guid.NewGuid():N}";

    public NpgsqlDataSource Source { get; private set; } = null!;

    public string ConnectionString { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // Copies the files of the template, among them PostgreSQL's own caches, instead of logging its pages.
        await TestServer.ExecuteAsync($"create database {name} template {await TestServer.Template.Value} strategy file_copy");
        ConnectionString = DatabaseRegistration.Prepare(TestServer.ConnectionString(name));
        // What tests ask for has types that Npgsql knows. Reading all types of a new database takes longer than any statement of a run.
        Source = new NpgsqlDataSourceBuilder(ConnectionString).ConfigureTypeLoading(types => types.EnableTypeLoading(false)).Build();
    }

    public async ValueTask DisposeAsync()
    {
        if (Source is null)
            return;

        await Source.DisposeAsync();
        await TestServer.ExecuteAsync($"drop database {name} with (force)");
    }

    /// <returns>Rows affected; -1 for a statement that affects none by nature.</returns>
    public async Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>One transaction, committed.</summary>
    public async Task<T> InOneAsync<T>(Func<NpgsqlTransaction, Task<T>> change)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var connection = await Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var result = await change(transaction);
        await transaction.CommitAsync(ct);
        return result;
    }

    /// <summary>The same for what has no result.</summary>
    public Task InOneAsync(Func<NpgsqlTransaction, Task> change) => InOneAsync(async transaction =>
    {
        await change(transaction);
        return true;
    });

    /// <returns>The first column of the first row; default for null and for no row.</returns>
    public async Task<T?> ScalarAsync<T>(string sql, params (string Name, object? Value)[] parameters)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) && !await reader.IsDBNullAsync(0, ct) ? await reader.GetFieldValueAsync<T>(0, ct) : default;
    }

    /// <summary>Waits until that many statements in this database, or more, wait for a lock.</summary>
    /// <exception cref="TimeoutException">They didn't within two minutes.</exception>
    public async Task BlockedAsync(int statements)
    {
        var since = TimeProvider.System.GetTimestamp();
        long blocked;
        while ((blocked = await ScalarAsync<long>(BlockedSql)) < statements)
        {
            if (TimeProvider.System.GetElapsedTime(since) > BlockedWithin)
                throw new TimeoutException($"{blocked} of {statements} statements wait for a lock after {BlockedWithin.TotalSeconds:0} s.");
            await Task.Delay(LookEvery, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private NpgsqlCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        var command = Source.CreateCommand(sql);
        foreach (var (parameter, value) in parameters)
            command.Parameters.AddWithValue(parameter, value ?? DBNull.Value);
        return command;
    }
}
