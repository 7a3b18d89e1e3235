using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Tests;

/// <summary>Locks that a test holds, in a transaction of its own, until it lets go: what runs into them is between two of its
/// steps.</summary>
internal sealed class HeldRows : IAsyncDisposable
{
    private readonly NpgsqlTransaction _transaction;

    private HeldRows(NpgsqlTransaction transaction, NpgsqlConnection connection) => (_transaction, Connection) = (transaction, connection);

    public NpgsqlConnection Connection { get; }

    /// <param name="sql">Like <c>select from t for update</c>.</param>
    public static async Task<HeldRows> HoldAsync(TestDatabase database, string sql)
    {
        var connection = await database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(sql, TestContext.Current.CancellationToken);
        return new(transaction, connection);
    }

    /// <summary>Lets go, and keeps what was written with <see cref="Connection"/>.</summary>
    public Task LetGoAsync() => _transaction.CommitAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
