using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Customers;

/// <summary>Carries out an operator's decisions about one customer in the caller's transaction, and their consequences after it.</summary>
public sealed class CustomerActions(
    NpgsqlDataSource database, SuspensionQueries queries, SuspensionClaims claims, SuspensionSteps steps, Standings standings,
        WatchedWallets wallets)
{
    private const string FindSql = "select id from cron_service.accounts where user_id = @user_id";

    // Serializes the actions on one account. The row of accounts stays free: it is locked for money.
    private const string LockSql = """
        with made as (
            insert into cron_service.customers (account_id) select id from cron_service.accounts where user_id = @user_id
            on conflict (account_id) do update set account_id = excluded.account_id returning account_id
        )
        select account_id from made
        """;

    private const string IsDryRunSql = "select suspension_dry_run from cron_service.customer_policy";

    private const string ExemptSql = """
        update cron_service.customers set exempt_until = @until::timestamptz, exempt_reason = case
            when @until::timestamptz is not null then @reason end
        where account_id = @account_id and (@until::timestamptz is null or @until::timestamptz between now() and now() + @longest)
        """;

    private const string SilenceSql = """
        update cron_service.customers set is_silenced = @is_silenced, silence_reason = case when @is_silenced then @reason end
            where account_id = @account_id
        """;

    private const string LimitSql =
        "update cron_service.customers set credit_limit = @limit::numeric, credit_limit_reason = @reason where account_id = @account_id";

    /// <returns>The id of the locked account; null when the user has none.</returns>
    public static Task<long?> LockAsync(NpgsqlConnection connection, int userId) =>
        connection.FindAsync<long?>(LockSql, CancellationToken.None, ("user_id", userId));

    /// <summary>Updates the account's standing.</summary>
    public async Task UpdateStandingAsync(int userId, CancellationToken ct)
    {
        if (await FindAsync(userId, ct) is { } account)
            await standings.UpdateAsync([account], ct);
    }

    /// <summary>Reads the wallet and updates the account's standing, for a decision that depends on them.</summary>
    public async Task ReadWalletAsync(int userId, CancellationToken ct)
    {
        if (await FindAsync(userId, ct) is not { } account)
            return;
        await wallets.ReadAsync(account, TimeSpan.Zero, ct);
        await standings.UpdateAsync([account], ct);
    }

    /// <summary>Commits a change unless its answer is a problem.</summary>
    public async Task<IResult> InTransactionAsync(Func<NpgsqlConnection, Task<IResult>> change)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        var answer = await change(connection);
        if (!Problem.Is(answer))
            await transaction.CommitAsync(CancellationToken.None);
        return answer;
    }

    /// <returns>Null when the user has no account.</returns>
    public async Task<CustomerAnswer?> ShowAsync(int userId, CancellationToken ct)
    {
        if (await FindAsync(userId, ct) is null)
            return null;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginSnapshotAsync(ct);
        return await DescribeAsync(connection, userId);
    }

    public async Task<CustomerAnswer> DescribeAsync(NpgsqlConnection connection, int userId)
    {
        var (account, customer) = (await SuspensionQueries.FindCustomerAsync(connection, userId, CancellationToken.None))!.Value;
        return new(customer, await queries.ListAsync(connection, null, null, 1000, account, CancellationToken.None));
    }

    /// <returns>The reason why the account can't be suspended; null when its suspension is ordered.</returns>
    public async Task<string?> SuspendAsync(NpgsqlConnection connection, long accountId, string by, string reason)
    {
        if (await connection.ScalarAsync<bool>(IsDryRunSql, CancellationToken.None))
            return "The policy is a dry run: nobody is suspended.";
        if (await claims.ObstacleAsync(connection, accountId, CancellationToken.None) is { } obstacle)
            return $"The account can't be suspended: {obstacle}.";
        return await SuspensionOrders.OrderAsync(connection, accountId, by, reason, CancellationToken.None) > 0
            || (await queries.ListAsync(connection, null, null, 1, accountId, CancellationToken.None)).Count > 0 ? null
                : "No server of this customer runs.";
    }

    /// <returns>False when the instant isn't allowed.</returns>
    public static async Task<bool> ExemptAsync(NpgsqlConnection connection, long accountId, DateTimeOffset? until, string reason,
        TimeSpan maxTime) =>
        await connection.ExecuteAsync(ExemptSql, CancellationToken.None,
            ("account_id", accountId), ("until", until?.UtcDateTime), ("reason", reason), ("longest", maxTime)) == 1;

    public static Task SilenceAsync(NpgsqlConnection connection, long accountId, bool isSilenced, string reason) =>
        connection.ExecuteAsync(SilenceSql, CancellationToken.None, ("account_id", accountId), ("is_silenced", isSilenced),
            ("reason", reason));

    public static Task LimitAsync(NpgsqlConnection connection, long accountId, decimal? limit, string reason) =>
        connection.ExecuteAsync(LimitSql, CancellationToken.None, ("account_id", accountId), ("limit", limit), ("reason", reason));

    /// <summary>Takes the next steps at VirtFusion.</summary>
    /// <returns>The customer after these steps.</returns>
    public async Task<CustomerAnswer> FollowAsync(int userId, CancellationToken ct)
    {
        await steps.AdvanceAsync((await FindAsync(userId, ct))!.Value, ct);
        return (await ShowAsync(userId, ct))!;
    }

    private Task<long?> FindAsync(int userId, CancellationToken ct) => database.FindAsync<long?>(FindSql, ct, ("user_id", userId));
}
