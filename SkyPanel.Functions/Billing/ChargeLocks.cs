using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>Lock before you add up: sums are read by later statements, so that they include what the previous holder committed.</summary>
public static class ChargeLocks
{
    // Revenue's row makes one writer of charges at a time; the customers' rows keep debits from settling between the sum and
    // the next debit. An account that is opened meanwhile has no debits, and no other writer could charge it.
    private const string RevenueSql = "select from cron_service.accounts where kind = 'revenue' for update";
    private const string CustomersSql =
        "select from cron_service.accounts where kind = 'customer' and id between @first and @last order by id for update";

    // What a transaction has just written is unknown to the planner: it would loop where a million rows want one hash. Sums of numerics
    // keep a large state for each group of a hash, and one in all after a sort.
    private const string WholeSetSql =
        "set local work_mem = '128MB'; set local enable_nestloop = off; set local enable_mergejoin = off; " +
        "set local enable_hashagg = off; set local jit = off; set local default_statistics_target = 10";

    /// <summary>Makes the planner expect whole sets until the transaction ends.</summary>
    public static Task PlanWholeSetsAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteLongAsync(WholeSetSql, ct);

    /// <summary>Locks all accounts: nothing is charged, settled or decided until the caller's transaction ends.</summary>
    public static Task TakeAsync(NpgsqlConnection connection, CancellationToken ct) => TakeAsync(connection, Portion.All, ct);

    /// <summary>Locks the accounts of a portion. Nobody else charges meanwhile, and the debits of other accounts go on.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, Portion portion, CancellationToken ct)
    {
        await PlanWholeSetsAsync(connection, ct);
        await connection.ExecuteLongAsync(RevenueSql, ct);
        await connection.ExecuteLongAsync(CustomersSql, ct, ("first", portion.First), ("last", portion.Last));
    }
}
