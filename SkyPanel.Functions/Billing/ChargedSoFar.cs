namespace SkyPanel.Functions.Billing;

/// <summary>Sums up what the transactions of a run have charged, so that a bound applies to all of them. Approved holds don't
/// count.</summary>
public sealed class ChargedSoFar
{
    private const string SumsSql = "select account_id, sum(amount) as amount from due_amounts where not is_approved group by account_id";

    /// <summary>The amount of the whole run, in currency units.</summary>
    public decimal Amount { get; private set; }

    /// <summary>The amount of each account of the current portion, in currency units.</summary>
    public Dictionary<long, decimal> Accounts { get; } = [];

    /// <summary>Adds the amounts of a transaction.</summary>
    public async Task AddAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var sums = await connection.QueryLongAsync(SumsSql, row => (row.Get<long>("account_id"), row.Get<decimal>("amount")), ct);
        foreach (var (account, amount) in sums)
        {
            Accounts[account] = Accounts.GetValueOrDefault(account) + amount;
            Amount += amount;
        }
    }
}
