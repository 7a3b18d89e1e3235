using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Ledger;

/// <summary>Reads accounts.</summary>
public sealed class Accounts(NpgsqlDataSource database)
{
    private const string FindSql = """
        select a.id, a.owed_amount,
               coalesce((select sum(case d.kind when 'debit' then d.tokens when 'refund' then -d.tokens end) from cron_service.debits d
                         where d.account_id = a.id and d.state = 'settled'), 0)::bigint as tokens
        from cron_service.accounts a where a.user_id = @user_id
        """;

    /// <returns>Null when the user has no account.</returns>
    public async Task<Account?> FindAsync(int userId, CancellationToken ct) =>
        (await database.QueryAsync(FindSql, row => new Account(
            row.Get<long>("id"), row.Get<decimal>("owed_amount"), row.Get<long>("tokens")), ct, ("user_id", userId))).FirstOrDefault();
}

/// <summary>The account of a customer.</summary>
/// <param name="OwedAmount">Charges and adjustments minus settled debits, in currency units; open debits are not subtracted.</param>
/// <param name="TokensTaken">Tokens taken by settled debits minus those given back.</param>
public sealed record Account(long Id, decimal OwedAmount, long TokensTaken);
