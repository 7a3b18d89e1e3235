using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Reads the computed amounts side by side: in total, per customer or per server.</summary>
/// <param name="Name">The customer's name; null when the panel's user is gone.</param>
/// <param name="ServerId">0 for all servers of a customer.</param>
/// <param name="Servers">The number of servers in the amounts.</param>
/// <param name="Base">The amount as it is.</param>
/// <param name="Changed">The amount of the simulation, or with servers that go on until the month ends.</param>
/// <param name="Charged">The amount charged so far by runs and corrections.</param>
public sealed record Comparison(int UserId, string? Name, int ServerId, int Servers, decimal Base, decimal Changed, decimal Charged)
{
    /// <summary>The maximum number of customers, and of servers, in an answer.</summary>
    public const int MaxRows = 1000;

    private const string Amounts = """
        coalesce(sum(m.amount) filter (where m.variant = 'base'), 0) as base,
                     coalesce(sum(m.amount) filter (where m.variant = 'changed'), 0) as changed,
                     coalesce(sum(m.amount) filter (where m.variant = 'charged'), 0) as charged
        """;

    private const string RowsSql = $"""
        select c.user_id, {CustomerName.Sql} as name, c.server_id, c.servers, c.base, c.changed, c.charged
        from (select a.user_id, case when @per_server then m.server_id else 0 end as server_id,
                     count(distinct m.server_id)::integer as servers, {Amounts}
              from month_amounts m join cron_service.accounts a on a.id = m.account_id
              group by 1, 2) as c
        left join public.users u on u.id = c.user_id
        order by case when @by_difference then abs(c.changed - c.base) else c.changed end desc, c.user_id, c.server_id
        limit @most
        """;

    private const string TotalSql = $"""
        select 0 as user_id, null as name, 0 as server_id, count(distinct m.server_id)::integer as servers, {Amounts} from month_amounts m
        """;

    // A server counts with the package of its latest monthly terms.
    private const string PackagesSql = $"""
        select c.package_id, c.servers, c.lowest_price, c.highest_price, c.base as low, c.changed as expected
        from (select t.package_id, count(distinct m.server_id)::integer as servers, min(t.price) as lowest_price,
                     max(t.price) as highest_price, {Amounts}
              from month_amounts m
              join (select distinct on (server_id) server_id, package_id, price from cron_service.terms where is_monthly
                    order by server_id, effective_from desc) as t using (server_id)
              where t.package_id is not null
              group by t.package_id) as c
        order by c.servers desc, c.package_id limit @most
        """;

    /// <summary>Reads packages, those with the most servers first.</summary>
    public static Task<List<ForecastPackage>> PackagesAsync(NpgsqlConnection connection, int most, CancellationToken ct) =>
        connection.QueryLongAsync<ForecastPackage>(PackagesSql, ct, ("most", most));

    public static async Task<Comparison> TotalAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryLongAsync<Comparison>(TotalSql, ct))[0];

    /// <param name="byDifference">Whether rows are ordered by their difference, else by their changed amount.</param>
    public static Task<List<Comparison>> RowsAsync(
        NpgsqlConnection connection, bool perServer, bool byDifference, int most, CancellationToken ct) =>
        connection.QueryLongAsync<Comparison>(RowsSql, ct, ("per_server", perServer), ("by_difference", byDifference), ("most", most));
}
