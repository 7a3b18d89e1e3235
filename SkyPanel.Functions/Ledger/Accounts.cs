using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Ledger;

/// <summary>Accounts, read.</summary>
public sealed class Accounts(NpgsqlDataSource database)
{
    private const string FindSql = """
        select a.id, a.owed_amount,
               coalesce((select sum(t.amount) from cron_service.transfers t
                         where t.from_account_id = a.id and t.kind = 'charge' and t.created_at >= date_trunc('month', now(), 'UTC')), 0) as charged,
               coalesce((select sum(t.amount) from cron_service.transfers t
                         where t.from_account_id = a.id and t.kind = 'supplement' and t.created_at >= date_trunc('month', now(), 'UTC')), 0)
               - coalesce((select sum(t.amount) from cron_service.transfers t
                           where t.to_account_id = a.id and t.kind = 'credit_note' and t.created_at >= date_trunc('month', now(), 'UTC')), 0) as corrected,
               coalesce((select sum(case d.kind when 'debit' then d.tokens when 'refund' then -d.tokens end) from cron_service.debits d
                         where d.account_id = a.id and d.state = 'settled'), 0)::bigint as tokens
        from cron_service.accounts a where a.user_id = @user_id
        """;

    /// <returns>Null when the user has no account.</returns>
    public async Task<Account?> FindAsync(int userId, CancellationToken ct) =>
        (await database.QueryAsync(FindSql, row => new Account(
            row.GetInt64(0), row.GetDecimal(1), row.GetDecimal(2), row.GetDecimal(3), row.GetInt64(4)), ct, ("user_id", userId))).FirstOrDefault();
}

/// <summary>Who owes.</summary>
/// <param name="OwedAmount">Charges and adjustments less settled debits, in currency units; an open debit is still in it.</param>
/// <param name="ChargedThisMonth">Charged by runs of this calendar month (UTC), in currency units.</param>
/// <param name="CorrectedThisMonth">Supplements less credit notes that were posted in this calendar month, in currency units.</param>
/// <param name="TokensTaken">By settled debits, less those given back.</param>
public sealed record Account(long Id, decimal OwedAmount, decimal ChargedThisMonth, decimal CorrectedThisMonth, long TokensTaken);
