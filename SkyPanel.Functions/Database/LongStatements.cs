namespace SkyPanel.Functions.Database;

/// <summary>Runs statements that may take longer than the driver's default time-out.</summary>
public static class LongStatements
{
    /// <summary>The time limit of a statement in a charging transaction. A portion needs a fraction of it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static Task<int> ExecuteLongAsync(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters) =>
        connection.ExecuteAsync(sql, parameters, Limit, ct);

    public static Task<List<T>> QueryLongAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct,
        params (string Name, object? Value)[] parameters) =>
        connection.QueryAsync(sql, read, parameters, Limit, ct);

    public static Task<List<T>> QueryLongAsync<T>(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters) =>
        connection.QueryAsync<T>(sql, read: null, parameters, Limit, ct);

    public static async Task<T> ScalarLongAsync<T>(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params (string Name, object? Value)[] parameters) =>
        (await connection.QueryLongAsync<T>(sql, ct, parameters)).Single();
}
