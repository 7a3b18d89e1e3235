using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>Carries what a run has charged from one transaction to the next, so that a bound applies to the sum of all. Approved holds
/// don't count.</summary>
public sealed class Carried
{
    private const string SumsSql = "select account_id, sum(amount) from due_amounts where not is_approved group by account_id";

    /// <summary>Currency units of the whole run.</summary>
    public decimal Amount { get; private set; }

    /// <summary>Currency units of each account of the current portion.</summary>
    public Dictionary<long, decimal> Accounts { get; } = [];

    /// <summary>Adds what a transaction charges.</summary>
    public async Task AddAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        foreach (var (account, amount) in await connection.QueryLongAsync(SumsSql, row => (row.GetInt64(0), row.GetDecimal(1)), ct))
        {
            Accounts[account] = Accounts.GetValueOrDefault(account) + amount;
            Amount += amount;
        }
    }
}
