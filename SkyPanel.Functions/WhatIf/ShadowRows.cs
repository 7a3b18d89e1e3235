using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Joins the observed time with what the panel billed, per server, customer and day, in the table <c>shadow_days</c>, and selects
/// from it. Parameters: tokens_per_unit and most.</summary>
public static class ShadowRows
{
    // A row of the panel counts on the day (UTC) on which its period begins; its time is cut by day.
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
        coalesce(sum(d.exact), 0) as exact, coalesce(sum(d.exact), 0) * @tokens_per_unit as exact_tokens,
               trim_scale(coalesce(sum(d.tokens), 0) / @tokens_per_unit) as taken, coalesce(sum(d.tokens), 0)::bigint as taken_tokens,
               coalesce(sum(d.billed), 0) as panel_amount,
               round(coalesce(sum(d.observed_seconds), 0) / 3600.0, 2) as observed_hours,
               round(coalesce(sum(d.billed_seconds), 0) / 3600.0, 2) as panel_hours,
               round(coalesce(sum(d.only_observed_seconds), 0) / 3600.0, 2) as only_observed_hours,
               round(coalesce(sum(d.only_billed_seconds), 0) / 3600.0, 2) as only_panel_hours,
               coalesce(sum(d.failed_rows), 0)::bigint as failed_rows, coalesce(sum(d.zero_token_rows), 0)::bigint as zero_token_rows
        """;

    /// <summary>Selects a <see cref="Total"/>.</summary>
    public const string TotalSql = $"""
        select {Figures}, count(distinct d.server_id)::integer as servers,
               coalesce((select sum(amount) from panel_transactions), 0) as panel_transactions
        from shadow_days d
        """;

    /// <summary>Selects customers, those with the largest differences first.</summary>
    public const string CustomersSql = $"""
        select {Figures}, d.user_id, count(distinct d.server_id)::integer as servers, {CustomerName.Sql} as name,
               coalesce((select sum(x.amount) from panel_transactions x where x.user_id = d.user_id), 0) as panel_transactions
        from shadow_days d left join public.users u on u.id = d.user_id
        group by d.user_id, u.* order by abs(sum(d.tokens) / @tokens_per_unit - sum(d.exact)) desc, d.user_id limit @most
        """;

    /// <summary>Selects server-days, those with the largest differences first.</summary>
    public const string DaysSql = $"""
        select {Figures}, d.user_id, d.server_id, to_char(d.day, 'YYYY-MM-DD') as day
        from shadow_days d group by d.user_id, d.server_id, d.day
        order by abs(sum(d.tokens) / @tokens_per_unit - sum(d.exact)) desc, d.server_id, d.day, d.user_id limit @most
        """;

    /// <summary>Joins the pieces and run_lines of a replay with the rows of <see cref="PanelCharges"/>.</summary>
    public static Task JoinAsync(NpgsqlConnection connection, ObservedRange range, CancellationToken ct) =>
        connection.ExecuteLongAsync(JoinSql, ct, ("from_at", range.From), ("until_at", range.Until));

    /// <summary>The figures of all customers.</summary>
    public sealed record Total(ShadowFigures Figures, int Servers, decimal PanelTransactions);
}
