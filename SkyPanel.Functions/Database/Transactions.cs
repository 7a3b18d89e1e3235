using Npgsql;

namespace SkyPanel.Functions.Database;

/// <summary>Where every transaction begins that locks rows.</summary>
public static class Transactions
{
    // A process that is frozen within one keeps its locks, and whoever waits for them waits half a minute and fails: the server cuts it off before.
    // Of the transaction, not of the session, which is another client's when it ends.
    private const string LimitSql = "set local idle_in_transaction_session_timeout = '15s'";

    public static async Task<NpgsqlTransaction> BeginAsync(this NpgsqlConnection connection, CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            await connection.ExecuteAsync(LimitSql, ct);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }
}
