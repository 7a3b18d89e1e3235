using System.Data;
using Npgsql;

namespace SkyPanel.Functions.Database;

/// <summary>Where every transaction begins: its isolation is named, and no default of the role or the database reaches it.</summary>
public static class Transactions
{
    // A process that is frozen within one keeps its locks, and whoever waits for them waits half a minute and fails: the server cuts it off
    // before.
    private const string IdleLimitSql = "set local idle_in_transaction_session_timeout = '15s'";
    private const string NoIdleLimitSql = "set local idle_in_transaction_session_timeout = 0";
    private const string ReadWriteSql = "set transaction read write, not deferrable";
    private const string ReadOnlySql = "set transaction read only, not deferrable";

    /// <summary>Begins a transaction that may lock rows: read committed, and cut off by the server when it is idle for 15
    /// seconds.</summary>
    public static Task<NpgsqlTransaction> BeginAsync(this NpgsqlConnection connection, CancellationToken ct) =>
        BeginAsync(connection, IsolationLevel.ReadCommitted, $"{ReadWriteSql}; {IdleLimitSql}", ct);

    /// <summary>Begins a transaction that sees one instant and writes nothing; it may idle, as it locks no row.</summary>
    public static Task<NpgsqlTransaction> BeginSnapshotAsync(this NpgsqlConnection connection, CancellationToken ct) =>
        BeginAsync(connection, IsolationLevel.RepeatableRead, $"{ReadOnlySql}; {NoIdleLimitSql}", ct);

    /// <summary>Begins a transaction that sees one instant and writes temporary tables only: it locks no row.</summary>
    public static Task<NpgsqlTransaction> BeginScratchAsync(this NpgsqlConnection connection, CancellationToken ct) =>
        BeginAsync(connection, IsolationLevel.RepeatableRead, $"{ReadWriteSql}; {IdleLimitSql}", ct);

    /// <summary>Begins a transaction that fills a database nobody works in yet: it may take its time.</summary>
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
