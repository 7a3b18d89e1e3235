namespace SkyPanel.Functions.Wallet;

/// <summary>Stores the latest reading of each wallet, and wakes debits that waited for money.</summary>
public sealed class WalletReadings(NpgsqlDataSource database)
{
    // A debit that was under way meanwhile may or may not be in the tokens that were read. Each of the two conditions has an index.
    private const string StoreSql = """
        with reading as (
            insert into cron_service.wallet_readings as r (account_id, tokens, read_at)
            select a.id, @tokens, @began_at from cron_service.accounts a
            where a.user_id = @user_id
              and not exists (select from cron_service.debits d where d.account_id = a.id and d.state in ('sending', 'in_doubt'))
              and not exists (select from cron_service.debits d
                  where d.account_id = a.id and d.state = 'settled' and d.settled_at >= @began_at)
            on conflict (account_id) do update set tokens = excluded.tokens, read_at = excluded.read_at where r.read_at < excluded.read_at
            returning account_id, tokens
        ), woken as (
            update cron_service.debits d set next_attempt_at = now() from reading r
            where d.account_id = r.account_id and d.state = 'pending' and d.is_short and d.tokens <= r.tokens
        )
        select exists (select from reading)
        """;

    // A held debit that a person settles may be in the tokens already: without a reading they are unknown.
    private const string ForgetSql = "delete from cron_service.wallet_readings where account_id = @account_id";

    /// <summary>Deletes the reading of an account, in the caller's transaction.</summary>
    public static Task<int> ForgetAsync(NpgsqlConnection connection, long accountId, CancellationToken ct) =>
        connection.ExecuteAsync(ForgetSql, ct, ("account_id", accountId));

    /// <summary>Stores a reading unless a debit of the account was under way meanwhile, or a later reading is known.</summary>
    /// <param name="beganAt">Before the wallet was read, by the database's clock.</param>
    /// <returns>Whether it was stored.</returns>
    public Task<bool> StoreAsync(int userId, decimal tokens, DateTime beganAt, CancellationToken ct) =>
        database.ScalarAsync<bool>(StoreSql, ct, ("user_id", userId), ("tokens", tokens), ("began_at", beganAt));
}
