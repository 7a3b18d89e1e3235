using Npgsql;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Reads what <see cref="RepairMonths"/> has joined, less what was repaired before.</summary>
public static class RepairRows
{
    private const string Months = """
        (select m.*, coalesce(r.taken_amount - r.exact_amount, 0) as repaired, m.taken - coalesce(r.taken_amount, 0) as taken_since,
                m.exact - coalesce(r.exact_amount, 0) as exact_since
         from (select *, (tokens / @tokens_per_unit)::numeric(18, 6) as taken from repair_months) m
         left join cron_service.repaired r using (account_id, server_id, month))
        """;

    private const string Figures = """
        coalesce(sum(m.taken), 0), coalesce(sum(m.tokens), 0)::bigint, coalesce(sum(m.billed_amount), 0), coalesce(sum(m.exact), 0),
               coalesce(sum(m.repaired), 0), coalesce(sum(m.completed_rows), 0)::bigint, coalesce(sum(m.failed_rows), 0)::bigint,
               round(coalesce(sum(m.failed_seconds), 0) / 3600.0, 2), coalesce(sum(m.double_rows), 0)::bigint,
               round(coalesce(sum(m.double_seconds), 0) / 3600.0, 2), coalesce(sum(m.zero_token_rows), 0)::bigint,
               round(coalesce(sum(m.advance_seconds), 0) / 3600.0, 2), round(coalesce(sum(m.stopped_seconds), 0) / 3600.0, 2)
        """;

    private const string TotalSql = $"""
        select {Figures}, count(*) filter (where d.unclear is not null)
        from {Months} d left join lateral (select d.*) m on d.unclear is null
        """;

    private const string CustomersSql = $"""
        select {Figures}, d.user_id, {CustomerName.Sql} as name, count(distinct d.server_id)::integer,
               count(distinct d.server_id) filter (where d.unclear is not null)::integer,
               (select h.id from cron_service.repairs p join cron_service.holds h on h.id = p.hold_id
                where p.account_id = min(d.account_id) and h.state in ('open', 'approved') limit 1) as hold_id,
               coalesce((select sum(x.amount) from panel_transactions x where x.user_id = d.user_id), 0)
        from {Months} d left join lateral (select d.*) m on d.unclear is null
        left join public.users u on u.id = d.user_id
        group by d.user_id, u.* order by abs(coalesce(sum(m.taken_since - m.exact_since), 0)) desc, d.user_id limit @most
        """;

    private const string MonthsSql = $"""
        select {Figures}, m.server_id, m.user_id, to_char(m.month, 'YYYY-MM'), m.unclear
        from {Months} m
        group by m.server_id, m.user_id, m.month, m.unclear
        order by abs(sum(m.taken_since - m.exact_since)) desc, m.server_id, m.month limit @most
        """;

    private const string LinesSql = $"""
        select account_id, server_id, month, taken_since, exact_since from {Months} m
        where m.user_id = @user_id and m.unclear is null and taken_since <> exact_since
        order by server_id, month
        """;

    private const string BeyondSql = "select server_id, unclear from repair_months where user_id = @user_id and unclear like 'its price%' limit 1";

    public static async Task<(RepairFigures Figures, long Unclear)> TotalAsync(
        NpgsqlConnection connection, decimal tokensPerUnit, CancellationToken ct) =>
        (await connection.QueryLongAsync(TotalSql, row => (Read(row), row.GetInt64(13)), ct, ("tokens_per_unit", tokensPerUnit)))[0];

    /// <summary>Customers, those with the most left to repair first.</summary>
    public static Task<List<RepairCustomer>> CustomersAsync(
        NpgsqlConnection connection, decimal tokensPerUnit, int most, CancellationToken ct) =>
        connection.QueryLongAsync(CustomersSql, row => new RepairCustomer(Read(row), row.GetInt32(13), row.Nullable<string>("name"),
                row.GetInt32(15), row.GetInt32(16), row.Nullable<long?>("hold_id"), row.GetDecimal(18)), ct,
            ("tokens_per_unit", tokensPerUnit), ("most", most));

    /// <summary>Servers and months, those with the most left to repair first.</summary>
    public static Task<List<RepairMonth>> MonthsAsync(
        NpgsqlConnection connection, decimal tokensPerUnit, int most, CancellationToken ct) =>
        connection.QueryLongAsync(MonthsSql, row => new RepairMonth(
                Read(row), row.GetString(15), row.GetInt32(13), row.GetInt32(14), row.Nullable<string>("unclear")), ct,
            ("tokens_per_unit", tokensPerUnit), ("most", most));

    /// <summary>What is left to repair of a customer. Read under the locks of a charge, it stays so.</summary>
    public static Task<List<(long AccountId, PanelRepairLine Line)>> LinesAsync(
        NpgsqlConnection connection, int userId, decimal tokensPerUnit, CancellationToken ct) =>
        connection.QueryLongAsync(LinesSql, row => (row.GetInt64(0), new PanelRepairLine(
                row.GetInt32(1), row.GetDateTime(2), row.GetDecimal(3), row.GetDecimal(4))), ct,
            ("tokens_per_unit", tokensPerUnit), ("user_id", userId));

    /// <returns>Why a price of a customer's is beyond its bound; null when none is.</returns>
    public static async Task<string?> BeyondPriceAsync(NpgsqlConnection connection, int userId, CancellationToken ct) =>
        (await connection.QueryAsync(BeyondSql, row => $"server {row.GetInt32(0)}: {row.GetString(1)}", ct, ("user_id", userId))).FirstOrDefault();

    private static RepairFigures Read(NpgsqlDataReader row) => new(
        row.GetDecimal(0), row.GetInt64(1), row.GetDecimal(2), row.GetDecimal(3), row.GetDecimal(4), row.GetInt64(5), row.GetInt64(6),
        row.GetDecimal(7), row.GetInt64(8), row.GetDecimal(9), row.GetInt64(10), row.GetDecimal(11), row.GetDecimal(12));
}
