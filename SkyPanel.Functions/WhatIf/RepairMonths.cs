namespace SkyPanel.Functions.WhatIf;

/// <summary>Joins what the panel's engine took with the cost of its hours, per server and month, in the table
/// <c>repair_months</c>.</summary>
public static class RepairMonths
{
    // A row counts in the month in which its period begins; its time is cut by month.
    private const string PartsSql = """
        create temporary table repair_parts on commit drop as
        with ordered as (
            select *, coalesce(is_completed and from_at < max(until_at) filter (where is_completed) over (
                partition by server_id order by from_at, created_at rows between unbounded preceding and 1 preceding), false) as is_double
            from panel_charges
        )
        select server_id, user_id, month, is_completed, is_double, from_at >= month as begins_here, tokens, amount,
               extract(epoch from greatest(from_at, month))::bigint as from_second,
               extract(epoch from least(until_at, month + interval '1 month'))::bigint as until_second,
               greatest(0, extract(epoch from until_at - greatest(from_at, created_at)))::bigint as advance_seconds
        from ordered
        cross join lateral generate_series(date_trunc('month', greatest(from_at, @from_at), 'UTC'),
            least(greatest(from_at, until_at - interval '1 second'), @until_at - interval '1 second'), interval '1 month') as month
        """;

    private const string SumsSql = """
        create temporary table repair_sums on commit drop as
        select server_id, month, min(user_id) as user_id, min(user_id) <> max(user_id) as has_several_users,
               count(*) filter (where begins_here and is_completed) as completed_rows,
               count(*) filter (where begins_here and not is_completed) as failed_rows,
               count(*) filter (where begins_here and is_double) as double_rows,
               count(*) filter (where begins_here and is_completed and tokens = 0) as zero_token_rows,
               coalesce(sum(tokens) filter (where begins_here), 0)::bigint as tokens,
               coalesce(sum(amount) filter (where begins_here and is_completed), 0) as billed_amount,
               coalesce(sum(greatest(0, until_second - from_second)) filter (where is_completed), 0) as billed_seconds,
               coalesce(sum(advance_seconds) filter (where begins_here and is_completed), 0) as advance_seconds,
               range_agg(int8range(from_second, until_second)) filter (where is_completed and from_second < until_second) as billed,
               range_agg(int8range(from_second, until_second)) filter (where not is_completed and from_second < until_second) as failed
        from repair_parts group by server_id, month
        """;

    // Unclear months are only shown: a person must look at them.
    private const string JoinSql = """
        create temporary table repair_months on commit drop as
        with costs as (
            select server_id, month, sum(amount) as amount, sum(seconds) as seconds, min(account_id) as first_account,
                   max(account_id) as last_account
            from due_amounts group by server_id, month
        ), priced as (
            select server_id, max(case when is_monthly then price else price * 730 end) as price from pg_temp.terms group by server_id
        )
        select s.*, a.id as account_id, coalesce(c.amount, 0) as exact, once.seconds - coalesce(c.seconds, 0) as stopped_seconds,
               s.billed_seconds - once.seconds as double_seconds, never.seconds as failed_seconds, case
                   when p.price is null then 'no valid price of its server is known'
                   when p.price > @max_price then 'its price of ' || p.price || ' is above ' || @max_price || ' (Metering:MaxMonthlyPrice)'
                   when a.id is null then 'its customer has no account'
                   when s.has_several_users or c.first_account <> a.id or c.last_account <> a.id
                       then 'its rows and its terms name several customers'
               end as unclear
        from repair_sums s
        left join costs c on c.server_id = s.server_id and c.month = s.month
        left join priced p on p.server_id = s.server_id
        left join cron_service.accounts a on a.user_id = s.user_id
        cross join lateral (select coalesce(sum(upper(r) - lower(r)), 0) as seconds from unnest(s.billed) as r) as once
        cross join lateral (
            select coalesce(sum(upper(r) - lower(r)), 0) as seconds from unnest(s.failed - coalesce(s.billed, '{}')) as r) as never
        """;

    /// <summary>Joins the rows of <see cref="PanelCharges"/> with the cost of their time.</summary>
    public static async Task JoinAsync(NpgsqlConnection connection, DateTime from, DateTime until, int maxPrice, CancellationToken ct)
    {
        await connection.ExecuteLongAsync(PartsSql, ct, ("from_at", from), ("until_at", until));
        await connection.ExecuteLongAsync(SumsSql, ct);
        await connection.ExecuteLongAsync(JoinSql, ct, ("max_price", maxPrice));
    }
}
