namespace SkyPanel.Functions.Billing;

/// <summary>Accounts that are charged in one transaction.</summary>
/// <param name="First">The lowest account id; servers without an account belong to 0.</param>
/// <param name="Last">The highest account id, inclusive.</param>
/// <param name="HoursPerServer">The maximum number of hours of a server in one transaction, for an account whose backlog takes several,
/// oldest hours first; null for all due hours.</param>
public sealed record Portion(long First, long Last, int? HoursPerServer)
{
    public static readonly Portion All = new(0, long.MaxValue, null);

    // Accounts are cut in order where the sum of due hours passes another multiple of the limit.
    private const string PlanSql = """
        with accounts as (
            select account_id, count(*) as servers, sum(extract(epoch from until_hour - from_hour) / 3600)::bigint as hours
            from due group by account_id
        ), running as (
            select *, floor((sum(hours) over (order by account_id) - hours) / @limit) as portion from accounts
        )
        select max(account_id) as last_account, sum(servers)::bigint as servers, sum(hours)::bigint as hours
        from running group by portion order by portion
        """;

    /// <summary>Divides the due hours into portions of whole accounts, which cover all account ids.</summary>
    /// <param name="hoursPerTransaction">The number of server-hours that a portion should have.</param>
    public static async Task<IReadOnlyList<Portion>> PlanAsync(NpgsqlConnection connection, int hoursPerTransaction, CancellationToken ct)
    {
        var cuts = await connection.QueryLongAsync(PlanSql,
            row => (Last: row.Get<long>("last_account"), Servers: row.Get<long>("servers"), Hours: row.Get<long>("hours")), ct,
            ("limit", (decimal)hoursPerTransaction));
        var portions = new List<Portion>();
        foreach (var (index, (last, servers, hours)) in cuts.Index())
        {
            int? perServer = hours > 2L * hoursPerTransaction ? (int)Math.Max(1, hoursPerTransaction / servers) : null;
            portions.Add(new(portions.Count == 0 ? 0 : portions[^1].Last + 1, index == cuts.Count - 1 ? long.MaxValue : last, perServer));
        }
        return portions.Count == 0 ? [All] : portions;
    }
}
