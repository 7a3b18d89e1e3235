using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Reads two amounts side by side, of everything, per customer or per server.</summary>
/// <param name="ServerId">0 for all servers of a customer.</param>
/// <param name="Servers">Servers that the amounts are of.</param>
public sealed record Comparison(int UserId, int ServerId, int Servers, decimal First, decimal Second)
{
    /// <summary>Customers, and servers, that an answer lists at most.</summary>
    public const int MostRows = 1000;

    private const string RowsSql = """
        select user_id, server_id, servers, first, second
        from (select a.user_id, case when @per_server then m.server_id else 0 end as server_id,
                     count(distinct m.server_id)::integer as servers,
                     coalesce(sum(m.amount) filter (where not m.is_second), 0) as first,
                     coalesce(sum(m.amount) filter (where m.is_second), 0) as second
              from month_amounts m join cron_service.accounts a on a.id = m.account_id
              group by 1, 2) as compared
        order by case when @by_difference then abs(second - first) else second end desc, user_id, server_id
        limit @most
        """;

    private const string TotalSql = """
        select 0, 0, count(distinct server_id)::integer,
               coalesce(sum(amount) filter (where not is_second), 0), coalesce(sum(amount) filter (where is_second), 0)
        from month_amounts
        """;

    public static async Task<Comparison> TotalAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryLongAsync(TotalSql, Read, ct))[0];

    /// <param name="byDifference">True: those that differ most come first; false: those with the highest second amount.</param>
    public static Task<List<Comparison>> RowsAsync(NpgsqlConnection connection, bool perServer, bool byDifference, CancellationToken ct) =>
        connection.QueryLongAsync(RowsSql, Read, ct, ("per_server", perServer), ("by_difference", byDifference), ("most", MostRows));

    private static Comparison Read(NpgsqlDataReader row) =>
        new(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetDecimal(3), row.GetDecimal(4));
}
