namespace SkyPanel.Functions.Billing;

/// <summary>Locks accounts before their sums are read, so that the sums include what the previous holder committed.</summary>
public static class ChargeLocks
{
    // The row of revenue allows one writer of charges at a time; the customers' rows prevent debits from settling between the sum and the
    // next debit. An account that is opened meanwhile has no debits, and nobody else can charge it. Rows that only name an account don't
    // wait ("no key"): a reading that records terms may hold an enrolment that the charge needs next.
    private const string RevenueSql = "select from cron_service.accounts where kind = 'revenue' for no key update";
    private const string CustomersSql =
        "select from cron_service.accounts where kind = 'customer' and id between @first and @last order by id for no key update";

    // Without statistics of rows just written, the planner would use nested loops for a million rows. Hash aggregates of numerics need much
    // memory per group, sorted ones don't. Starting parallel workers takes longer than most of these statements.
    private const string WholeSetSql =
        "set local work_mem = '128MB'; set local enable_nestloop = off; set local enable_mergejoin = off; " +
        "set local enable_hashagg = off; set local default_statistics_target = 10; set local max_parallel_workers_per_gather = 0";

    /// <summary>Sets the planner's options for large sets until the transaction ends.</summary>
    public static Task PlanWholeSetsAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ExecuteLongAsync(WholeSetSql, ct);

    /// <summary>Locks all accounts: nothing is charged, settled or decided until the caller's transaction ends.</summary>
    public static Task TakeAsync(NpgsqlConnection connection, CancellationToken ct) => TakeAsync(connection, Portion.All, ct);

    /// <summary>Locks the accounts of a portion. Nobody else can charge; debits of other accounts can settle.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, Portion portion, CancellationToken ct)
    {
        await PlanWholeSetsAsync(connection, ct);
        await connection.ExecuteLongAsync(RevenueSql, ct);
        await connection.ExecuteLongAsync(CustomersSql, ct, ("first", portion.First), ("last", portion.Last));
    }
}
