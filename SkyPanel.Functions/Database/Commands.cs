namespace SkyPanel.Functions.Database;

/// <summary>Runs a statement with named parameters on a data source (in its own transaction) or on a connection in the caller's
/// transaction. A parameter that may be null needs its type in the SQL
/// (<c>@reason::text</c>).</summary>
public static class Commands
{
    public static async Task<int> ExecuteAsync(
        this NpgsqlDataSource database, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters)
    {
        await using var command = With(database.CreateCommand(Alone(sql)), parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    public static Task<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters) =>
        connection.ExecuteAsync(sql, parameters, limit: null, ct);

    /// <param name="limit">The time limit; null for that of the connection.</param>
    internal static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, (string Name, object? Value)[] parameters, TimeSpan? limit, CancellationToken ct)
    {
        await using var command = With(Limited(new(sql, connection), limit), parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Reads the first row.</summary>
    /// <returns>The default of the type, such as null, when there is no row.</returns>
    public static async Task<T?> FindAsync<T>(this NpgsqlDataSource database, string sql, CancellationToken ct,
        params (string Name, object? Value)[] parameters) =>
        (await database.QueryAsync<T>(sql, ct, parameters)).FirstOrDefault();

    public static async Task<T?> FindAsync<T>(this NpgsqlConnection connection, string sql, CancellationToken ct,
        params (string Name, object? Value)[] parameters) =>
        (await connection.QueryAsync<T>(sql, ct, parameters)).FirstOrDefault();

    public static async Task<T?> FindAsync<T>(this NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken ct, params (string Name, object? Value)[] parameters) =>
        (await database.QueryAsync(sql, read, ct, parameters)).FirstOrDefault();

    public static async Task<T?> FindAsync<T>(this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken ct, params (string Name, object? Value)[] parameters) =>
        (await connection.QueryAsync(sql, read, ct, parameters)).FirstOrDefault();

    /// <summary>Reads the only row.</summary>
    /// <exception cref="InvalidOperationException">There is no row, or a second one.</exception>
    public static async Task<T> ScalarAsync<T>(this NpgsqlDataSource database, string sql, CancellationToken ct,
        params (string Name, object? Value)[] parameters) =>
        (await database.QueryAsync<T>(sql, ct, parameters)).Single();

    public static async Task<T> ScalarAsync<T>(this NpgsqlConnection connection, string sql, CancellationToken ct,
        params (string Name, object? Value)[] parameters) =>
        (await connection.QueryAsync<T>(sql, ct, parameters)).Single();

    /// <summary>Reads rows by the names of their columns: a record, or the value of a single column.</summary>
    public static Task<List<T>> QueryAsync<T>(this NpgsqlDataSource database, string sql, CancellationToken ct,
        params (string Name, object? Value)[] parameters) =>
        database.QueryAsync<T>(sql, read: null, ct, parameters);

    public static Task<List<T>> QueryAsync<T>(this NpgsqlConnection connection, string sql, CancellationToken ct,
        params (string Name, object? Value)[] parameters) =>
        connection.QueryAsync<T>(sql, read: null, parameters, limit: null, ct);

    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T>? read, CancellationToken ct,
        params (string Name, object? Value)[] parameters)
    {
        await using var command = With(database.CreateCommand(Alone(sql)), parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct); // Skips the settings.
        var rows = await ReadAsync(reader, read, ct);
        // Reads to the end, where a refused commit is reported.
        while (await reader.NextResultAsync(ct))
        {
        }
        return rows;
    }

    public static Task<List<T>> QueryAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct,
        params (string Name, object? Value)[] parameters) =>
        connection.QueryAsync(sql, read, parameters, limit: null, ct);

    /// <param name="limit">The time limit; null for that of the connection.</param>
    internal static async Task<List<T>> QueryAsync<T>(this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T>? read,
        (string Name, object? Value)[] parameters, TimeSpan? limit, CancellationToken ct)
    {
        await using var command = With(Limited(new(sql, connection), limit), parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await ReadAsync(reader, read, ct);
    }

    // Begins a transaction in the same round trip, to override defaults of the role and the database.
    internal static string Alone(string sql) => $"{TransactionSettings.BeginSql}; {TransactionSettings.Sql}; {sql}; commit";

    private static async Task<List<T>> ReadAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T>? read, CancellationToken ct)
    {
        read ??= Rows<T>.Reader(reader);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
            rows.Add(read(reader));
        return rows;
    }

    private static NpgsqlCommand Limited(NpgsqlCommand command, TimeSpan? limit)
    {
        command.CommandTimeout = (int?)limit?.TotalSeconds ?? command.CommandTimeout;
        return command;
    }

    private static NpgsqlCommand With(NpgsqlCommand command, (string Name, object? Value)[] parameters)
    {
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
