namespace SkyPanel.Functions.Ledger;

/// <summary>Reads and opens accounts of customers.</summary>
public sealed class Accounts(NpgsqlDataSource database)
{
    private const string FindSql = """
        select a.id, a.owed_amount,
               coalesce((select sum(case d.kind when 'debit' then d.tokens when 'refund' then -d.tokens end) from cron_service.debits d
                         where d.account_id = a.id and d.state = 'settled'), 0)::bigint as tokens_taken
        from cron_service.accounts a where a.user_id = @user_id
        """;

    private const string OpenSql = """
        with found as (
            select id from public.users where id = @user_id
        ), opened as (
            insert into cron_service.accounts (kind, user_id) select 'customer', id from found on conflict (user_id) do nothing
        )
        select exists (select from found)
        """;

    /// <summary>Opens a user's account unless there is one, in the caller's transaction.</summary>
    /// <returns>False when the panel has no such user.</returns>
    public static Task<bool> OpenAsync(NpgsqlConnection connection, int userId, CancellationToken ct) =>
        connection.ScalarAsync<bool>(OpenSql, ct, ("user_id", userId));

    /// <returns>Null when the user has no account.</returns>
    public Task<Account?> FindAsync(int userId, CancellationToken ct) => database.FindAsync<Account>(FindSql, ct, ("user_id", userId));
}

/// <summary>The account of a customer.</summary>
/// <param name="OwedAmount">Charges and adjustments minus settled debits, in currency units; open debits are not subtracted.</param>
/// <param name="TokensTaken">Tokens taken by settled debits minus those given back.</param>
public sealed record Account(long Id, decimal OwedAmount, long TokensTaken);
