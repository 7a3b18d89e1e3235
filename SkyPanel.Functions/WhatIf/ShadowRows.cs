using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Puts what was observed and what the panel billed side by side, a row a server, customer and day: table
/// <c>shadow_days</c>.</summary>
public static class ShadowRows
{
    // A row of the panel's counts on the day (UTC) on which its period begins; its time is cut by day.
    private const string JoinSql = """
        create temporary table shadow_days on commit drop as
        with spans as (
            select server_id, user_id, to_timestamp(day) as day, range_agg(span) filter (where is_observed) as observed,
                   range_agg(span) filter (where not is_observed) as billed
            from (select p.server_id, a.user_id, true as is_observed, p.from_second, p.until_second
                  from pieces p join cron_service.accounts a on a.id = p.account_id
                  union all
                  select server_id, user_id, false, extract(epoch from greatest(from_at, @from_at))::bigint,
                         extract(epoch from least(until_at, @until_at))::bigint
                  from panel_charges where is_completed and greatest(from_at, @from_at) < least(until_at, @until_at)) as times
            cross join lateral generate_series(from_second / 86400 * 86400, until_second - 1, 86400) as day
            cross join lateral (select int8range(greatest(from_second, day), least(until_second, day + 86400)) as span) as cut
            group by server_id, user_id, day
        ), sides as (
            select l.server_id, a.user_id, l.day, l.amount as exact, 0 as tokens, 0 as billed, 0 as failed, 0 as zero
            from run_lines l join cron_service.accounts a on a.id = l.account_id
            union all
            select server_id, user_id, date_trunc('day', from_at, 'UTC'), 0, tokens, case when is_completed then amount else 0 end,
                   (not is_completed)::integer, (is_completed and tokens = 0)::integer
            from panel_charges where begins_within
            union all
            select server_id, user_id, day, 0, 0, 0, 0, 0 from spans
        ), sums as (
            select server_id, user_id, day, sum(exact) as exact, sum(tokens)::bigint as tokens, sum(billed) as billed,
                   sum(failed)::bigint as failed_rows, sum(zero)::bigint as zero_token_rows
            from sides group by server_id, user_id, day
        )
        select s.*, t.* from sums s left join spans d using (server_id, user_id, day)
        cross join lateral (select
            (select sum(upper(r) - lower(r)) from unnest(d.observed) as r) as observed_seconds,
            (select sum(upper(r) - lower(r)) from unnest(d.billed) as r) as billed_seconds,
            (select sum(upper(r) - lower(r)) from unnest(d.observed - coalesce(d.billed, '{}')) as r) as only_observed_seconds,
            (select sum(upper(r) - lower(r)) from unnest(d.billed - coalesce(d.observed, '{}')) as r) as only_billed_seconds) as t
        """;

    private const string Figures = """
        coalesce(sum(exact), 0), coalesce(sum(tokens), 0)::bigint, coalesce(sum(billed), 0),
               round(coalesce(sum(observed_seconds), 0) / 3600.0, 2), round(coalesce(sum(billed_seconds), 0) / 3600.0, 2),
               round(coalesce(sum(only_observed_seconds), 0) / 3600.0, 2), round(coalesce(sum(only_billed_seconds), 0) / 3600.0, 2),
               coalesce(sum(failed_rows), 0)::bigint, coalesce(sum(zero_token_rows), 0)::bigint
        """;

    private const string TotalSql = $"""
        select {Figures}, count(distinct server_id)::integer, coalesce((select sum(amount) from panel_transactions), 0) from shadow_days
        """;

    private const string CustomersSql = $"""
        select {Figures}, d.user_id, count(distinct d.server_id)::integer, {CustomerName.Sql} as name,
               coalesce((select sum(x.amount) from panel_transactions x where x.user_id = d.user_id), 0)
        from shadow_days d left join public.users u on u.id = d.user_id
        group by d.user_id, u.* order by abs(sum(tokens) / @tokens_per_unit - sum(exact)) desc, d.user_id limit @most
        """;

    private const string DaysSql = $"""
        select {Figures}, d.user_id, d.server_id, to_char(d.day, 'YYYY-MM-DD')
        from shadow_days d group by d.user_id, d.server_id, d.day
        order by abs(sum(tokens) / @tokens_per_unit - sum(exact)) desc, d.server_id, d.day, d.user_id limit @most
        """;

    /// <summary>Joins the pieces and run_lines of a replay with what <see cref="PanelCharges"/> has read.</summary>
    public static Task JoinAsync(NpgsqlConnection connection, ObservedRange range, CancellationToken ct) =>
        connection.ExecuteLongAsync(JoinSql, ct, ("from_at", range.From), ("until_at", range.Until));

    public static async Task<(ShadowFigures Figures, int Servers, decimal Transactions)> TotalAsync(
        NpgsqlConnection connection, decimal tokensPerUnit, CancellationToken ct) =>
        (await connection.QueryLongAsync(TotalSql, row => (Read(row, tokensPerUnit), row.GetInt32(9), row.GetDecimal(10)), ct))[0];

    /// <summary>Customers, those with the largest differences first.</summary>
    public static Task<List<ShadowCustomer>> CustomersAsync(NpgsqlConnection connection, decimal tokensPerUnit, int most, CancellationToken ct) =>
        connection.QueryLongAsync(CustomersSql, row => new ShadowCustomer(Read(row, tokensPerUnit),
            row.GetInt32(9), row.Nullable<string>("name"), row.GetInt32(10), row.GetDecimal(12)), ct, ("tokens_per_unit", tokensPerUnit), ("most", most));

    /// <summary>Servers and days, those with the largest differences first.</summary>
    public static Task<List<ShadowDay>> DaysAsync(NpgsqlConnection connection, decimal tokensPerUnit, int most, CancellationToken ct) =>
        connection.QueryLongAsync(DaysSql, row => new ShadowDay(
            Read(row, tokensPerUnit), row.GetString(11), row.GetInt32(10), row.GetInt32(9)), ct, ("tokens_per_unit", tokensPerUnit), ("most", most));

    private static ShadowFigures Read(NpgsqlDataReader row, decimal tokensPerUnit) => new(
        row.GetDecimal(0), row.GetDecimal(0) * tokensPerUnit, row.GetInt64(1) / tokensPerUnit, row.GetInt64(1), row.GetDecimal(2),
        row.GetDecimal(3), row.GetDecimal(4), row.GetDecimal(5), row.GetDecimal(6), row.GetInt64(7), row.GetInt64(8));
}
