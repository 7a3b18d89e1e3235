using Npgsql;

namespace SkyPanel.Functions.Database;

/// <summary>Runs statements that may take longer than the driver's default time-out.</summary>
public static class LongStatements
{
    /// <summary>The time limit of a statement in a charging transaction. A portion needs a fraction of it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task<int> ExecuteLongAsync(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<List<T>> QueryLongAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params (string Name,
            object? Value)[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
            rows.Add(read(reader));
        return rows;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, (string Name, object? Value)[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)Limit.TotalSeconds };
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
