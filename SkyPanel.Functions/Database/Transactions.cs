using System.Data;

namespace SkyPanel.Functions.Database;

/// <summary>Begins all transactions, with explicit isolation and settings.</summary>
public static class Transactions
{
    // The server ends a transaction of a frozen process before those that wait for its locks time out after half a minute.
    private const string IdleLimitSql = "set local idle_in_transaction_session_timeout = '15s'";
    private const string NoIdleLimitSql = "set local idle_in_transaction_session_timeout = 0";
    private const string ReadWriteSql = "set transaction read write, not deferrable";
    private const string ReadOnlySql = "set transaction read only, not deferrable";

    /// <summary>Begins a transaction that may lock rows: read committed, ended by the server after 15 idle
    /// seconds.</summary>
    public static Task<NpgsqlTransaction> BeginAsync(this NpgsqlConnection connection, CancellationToken ct) =>
        BeginAsync(connection, IsolationLevel.ReadCommitted, $"{ReadWriteSql}; {IdleLimitSql}", ct);

    /// <summary>Begins a read-only snapshot transaction. It may idle, since it locks no row.</summary>
    public static Task<NpgsqlTransaction> BeginSnapshotAsync(this NpgsqlConnection connection, CancellationToken ct) =>
        BeginAsync(connection, IsolationLevel.RepeatableRead, $"{ReadOnlySql}; {NoIdleLimitSql}", ct);

    /// <summary>Begins a snapshot transaction that writes only temporary tables and locks no row.</summary>
    public static Task<NpgsqlTransaction> BeginScratchAsync(this NpgsqlConnection connection, CancellationToken ct) =>
        BeginAsync(connection, IsolationLevel.RepeatableRead, $"{ReadWriteSql}; {IdleLimitSql}", ct);

    /// <summary>Begins a transaction that fills an unused database, without a time limit.</summary>
    public static Task<NpgsqlTransaction> BeginAloneAsync(this NpgsqlConnection connection, CancellationToken ct) =>
        BeginAsync(connection, IsolationLevel.ReadCommitted, $"{ReadWriteSql}; {NoIdleLimitSql}", ct);

    private static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, IsolationLevel isolation, string sql,
        CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(isolation, ct);
        try
        {
            await connection.ExecuteAsync($"{sql}; {TransactionSettings.Sql}", ct);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }
}
