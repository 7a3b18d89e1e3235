using Npgsql;

namespace SkyPanel.Functions.Database;

/// <summary>One statement, its named parameters, its rows: on a data source (a connection of its own, one implicit
/// transaction) or on a connection whose transaction the caller holds. A null parameter must say its type in the SQL
/// (<c>@reason::text</c>).</summary>
public static class Commands
{
    public static async Task<int> ExecuteAsync(
        this NpgsqlDataSource database, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters)
    {
        await using var command = With(database.CreateCommand(sql), parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters)
    {
        await using var command = With(new NpgsqlCommand(sql, connection), parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct,
        params (string Name, object? Value)[] parameters)
    {
        await using var command = With(database.CreateCommand(sql), parameters);
        return await ReadAsync(command, read, ct);
    }

    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct,
        params (string Name, object? Value)[] parameters)
    {
        await using var command = With(new NpgsqlCommand(sql, connection), parameters);
        return await ReadAsync(command, read, ct);
    }

    /// <summary>A column that may be null, as a nullable value or reference.</summary>
    public static T? Nullable<T>(this NpgsqlDataReader reader, string column)
    {
        var ordinal = reader.GetOrdinal(column);
        return reader.IsDBNull(ordinal) ? default : reader.GetFieldValue<T>(ordinal);
    }

    public static T Get<T>(this NpgsqlDataReader reader, string column) => reader.GetFieldValue<T>(reader.GetOrdinal(column));

    private static async Task<List<T>> ReadAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
            rows.Add(read(reader));
        return rows;
    }

    private static NpgsqlCommand With(NpgsqlCommand command, (string Name, object? Value)[] parameters)
    {
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
