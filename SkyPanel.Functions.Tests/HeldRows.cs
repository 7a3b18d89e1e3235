using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Tests;

/// <summary>Holds row locks in a transaction of its own until the test releases them, so that other code stops between two of its
/// steps.</summary>
internal sealed class HeldRows : IAsyncDisposable
{
    private readonly NpgsqlTransaction _transaction;

    private HeldRows(NpgsqlTransaction transaction, NpgsqlConnection connection) => (_transaction, Connection) = (transaction, connection);

    public NpgsqlConnection Connection { get; }

    /// <param name="sql">The statement that takes the locks, such as <c>select from t for update</c>.</param>
    public static async Task<HeldRows> HoldAsync(TestDatabase database, string sql)
    {
        var connection = await database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(sql, TestContext.Current.CancellationToken);
        return new(transaction, connection);
    }

    /// <summary>Releases the locks, and commits what was written with <see cref="Connection"/>.</summary>
    public Task LetGoAsync() => _transaction.CommitAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
