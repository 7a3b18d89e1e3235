namespace SkyPanel.Functions.Database;

/// <summary>Runs statements on the panel's tables, which may be absent or different, without breaking the caller's
/// transaction.</summary>
public static class Attempt
{
    private const string BeginSql = "savepoint attempt";
    private const string EndSql = "release attempt";
    private const string UndoSql = $"rollback to attempt; {EndSql}";

    /// <summary>Runs one statement behind a savepoint, in one round trip.</summary>
    /// <returns>The number of changed rows, and the refusal; null on success.</returns>
    public static async Task<(int Rows, string? Refusal)> TryAsync(NpgsqlConnection connection, string sql, CancellationToken ct,
        params (string Name, object? Value)[] parameters)
    {
        try
        {
            return (await connection.ExecuteLongAsync($"{BeginSql}; {sql}; {EndSql}", ct, parameters), null);
        }
        catch (PostgresException e) when (IsRefusal(e))
        {
            await connection.ExecuteAsync(UndoSql, ct);
            return (0, e.MessageText);
        }
    }

    /// <summary>Runs an action behind a savepoint. A refusal is rolled back, and the transaction continues.</summary>
    /// <returns>The result, and the refusal; null on success.</returns>
    public static async Task<(T? Result, PostgresException? Refusal)> TryAsync<T>(NpgsqlConnection connection, Func<Task<T>> statement,
        CancellationToken ct)
    {
        await connection.ExecuteAsync(BeginSql, ct);
        try
        {
            var result = await statement();
            await connection.ExecuteAsync(EndSql, ct);
            return (result, null);
        }
        catch (PostgresException e) when (IsRefusal(e))
        {
            await connection.ExecuteAsync(UndoSql, ct);
            return (default, e);
        }
    }

    /// <summary>Runs a statement in its own transaction; does nothing if its table or a column is absent.</summary>
    public static async Task ExecuteAsync(NpgsqlDataSource database, string sql, CancellationToken ct,
        params (string Name, object? Value)[] parameters)
    {
        try
        {
            await database.ExecuteAsync(sql, ct, parameters);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
        }
    }

    /// <summary>Runs a query in its own transaction.</summary>
    /// <returns>The rows; null after a refusal.</returns>
    public static async Task<List<T>?> QueryAsync<T>(NpgsqlDataSource database, string sql, CancellationToken ct,
        params (string Name, object? Value)[] parameters)
    {
        try
        {
            return await database.QueryAsync<T>(sql, ct, parameters);
        }
        catch (PostgresException e) when (IsRefusal(e))
        {
            return null;
        }
    }

    /// <summary>Whether the exception is a refusal by the tables: data, a constraint, an absent table or column, a right, a
    /// trigger.</summary>
    public static bool IsRefusal(PostgresException e) => !e.IsTransient && e.SqlState[..2] is "22" or "23" or "42" or "P0";
}
