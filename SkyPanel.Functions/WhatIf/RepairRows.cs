using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Selects from <see cref="RepairMonths"/>, minus earlier repairs. Parameters: tokens_per_unit, and most or user_id.</summary>
public static class RepairRows
{
    private const string Months = """
        (select m.*, coalesce(r.taken_amount - r.exact_amount, 0) as repaired, m.taken - coalesce(r.taken_amount, 0) as taken_since,
                m.exact - coalesce(r.exact_amount, 0) as exact_since
         from (select *, (tokens / @tokens_per_unit)::numeric(18, 6) as taken from repair_months) m
         left join cron_service.repaired r using (account_id, server_id, month))
        """;

    private const string Figures = """
        coalesce(sum(m.taken), 0) as taken, coalesce(sum(m.tokens), 0)::bigint as taken_tokens,
               coalesce(sum(m.billed_amount), 0) as panel_amount, coalesce(sum(m.exact), 0) as exact,
               coalesce(sum(m.repaired), 0) as repaired, coalesce(sum(m.completed_rows), 0)::bigint as completed_rows,
               coalesce(sum(m.failed_rows), 0)::bigint as failed_rows,
               round(coalesce(sum(m.failed_seconds), 0) / 3600.0, 2) as failed_hours,
                   coalesce(sum(m.double_rows), 0)::bigint as double_rows,
               round(coalesce(sum(m.double_seconds), 0) / 3600.0, 2) as double_hours,
               coalesce(sum(m.zero_token_rows), 0)::bigint as zero_token_rows,
               round(coalesce(sum(m.advance_seconds), 0) / 3600.0, 2) as in_advance_hours,
               round(coalesce(sum(m.stopped_seconds), 0) / 3600.0, 2) as stopped_hours
        """;

    /// <summary>Selects a <see cref="Total"/>.</summary>
    public const string TotalSql = $"""
        select {Figures}, count(*) filter (where d.unclear is not null) as unclear
        from {Months} d left join lateral (select d.*) m on d.unclear is null
        """;

    /// <summary>Selects customers, those with the most left to repair first.</summary>
    public const string CustomersSql = $"""
        select {Figures}, d.user_id, {CustomerName.Sql} as name, count(distinct d.server_id)::integer as servers,
               count(distinct d.server_id) filter (where d.unclear is not null)::integer as unclear_servers,
               (select h.id from cron_service.repairs p join cron_service.holds h on h.id = p.hold_id
                where p.account_id = min(d.account_id) and h.state in ('open', 'approved') limit 1) as hold_id,
               coalesce((select sum(x.amount) from panel_transactions x where x.user_id = d.user_id), 0) as panel_transactions
        from {Months} d left join lateral (select d.*) m on d.unclear is null
        left join public.users u on u.id = d.user_id
        group by d.user_id, u.* order by abs(coalesce(sum(m.taken_since - m.exact_since), 0)) desc, d.user_id limit @most
        """;

    /// <summary>Selects server-months, those with the most left to repair first.</summary>
    public const string MonthsSql = $"""
        select {Figures}, m.server_id, m.user_id, to_char(m.month, 'YYYY-MM') as month, m.unclear
        from {Months} m
        group by m.server_id, m.user_id, m.month, m.unclear
        order by abs(sum(m.taken_since - m.exact_since)) desc, m.server_id, m.month limit @most
        """;

    /// <summary>Selects what is left to repair of a customer. Under the locks of a charge it doesn't change.</summary>
    public const string LinesSql = $"""
        select account_id, server_id, month, taken_since as taken, exact_since as exact from {Months} m
        where m.user_id = @user_id and m.unclear is null and taken_since <> exact_since
        order by server_id, month
        """;

    /// <summary>Selects the server whose price is above the limit, and the limit.</summary>
    public const string TooHighSql = """
        select 'server ' || server_id || ': ' || unclear from repair_months where user_id = @user_id and unclear like 'its price%' limit 1
        """;

    /// <summary>The figures of all customers.</summary>
    public sealed record Total(RepairFigures Figures, long Unclear);

    /// <summary>A line of an account.</summary>
    public sealed record AccountLine(long AccountId, PanelRepairLine Line);
}
