namespace SkyPanel.Functions.Billing;

/// <summary>Cuts the billable time of the due hours by month and terms, into the table <c>pieces</c>, and reads what was charged in these
/// months so far into <c>month_sums</c>: step 2 of a charge.</summary>
public static class Pieces
{
    private const string DropSql = "drop table if exists pg_temp.ran, pg_temp.pieces, pg_temp.month_sums";

    // Hours in a hold are left out of the other due hours of their server.
    private const string RanSql = """
        create temporary table ran on commit drop as
        select d.server_id, d.hold_id is not null as is_approved, d.until_hour, b.from_at, b.until_at
        from due d
        join cron_service.uptime s on s.server_id = d.server_id and s.is_billable and s.seen_until > d.from_hour
            and s.started_at < d.until_hour
        cross join lateral (select greatest(s.started_at, d.billed_from, d.from_hour) as from_at,
                                   least(s.seen_until, d.until_hour) as until_at) b
        where not d.has_holds and b.from_at < b.until_at
        union all
        select d.server_id, false, d.until_hour, lower(p), upper(p)
        from due d
        join cron_service.uptime s on s.server_id = d.server_id and s.is_billable and s.seen_until > d.from_hour
            and s.started_at < d.until_hour
        cross join lateral (select greatest(s.started_at, d.billed_from, d.from_hour) as from_at,
                                   least(s.seen_until, d.until_hour) as until_at) b
        cross join lateral unnest(tstzmultirange(tstzrange(b.from_at, b.until_at)) - (
            select range_agg(tstzrange(h.from_hour, h.until_hour)) from cron_service.hold_spans h where h.server_id = d.server_id)) as p
        where d.has_holds and b.from_at < b.until_at
        """;

    // is_alone: the month has no other terms of the server up to the end of the due hours.
    private const string CutSql = """
        create temporary table pieces on commit drop as
        with months as (
            select m as month, m + interval '1 month' as next_month
            from (select date_trunc('month', min(from_at), 'UTC') as first, max(until_at) as last from ran) span,
                 generate_series(first, last, interval '1 month') as m
        ), segments as (
            select id, server_id, account_id, effective_from,
                   lead(effective_from, 1, 'infinity') over (partition by server_id order by effective_from) as effective_until
            from cron_service.terms where server_id in (select server_id from due)
        )
        select r.server_id, t.account_id, t.id as terms_id, m.month, r.is_approved,
               t.effective_from <= m.month and t.effective_until >= least(m.next_month, r.until_hour) as is_alone,
               extract(epoch from greatest(r.from_at, t.effective_from, m.month))::bigint as from_second,
               extract(epoch from least(r.until_at, t.effective_until, m.next_month))::bigint as until_second
        from ran r
        join segments t on t.server_id = r.server_id and t.effective_from < r.until_at and t.effective_until > r.from_at
        join months m on m.month < least(r.until_at, t.effective_until) and m.next_month > greatest(r.from_at, t.effective_from)
        """;

    private const string AnalyzeSql = "analyze pieces";
    private const string FirstMonthSql = "select coalesce(min(month), now()) from pieces";

    // The index on the month leaves out earlier months. The planner needs a parameter, whose value it knows.
    private const string SumsSql = """
        create temporary table month_sums on commit drop as
        select server_id, month, terms_id, seconds_billed, seconds_counted, seconds_rerated, is_rerated from cron_service.server_months
        where month >= @first_month and server_id in (select server_id from pieces)
        """;

    /// <summary>Cuts the hours of <see cref="Due"/>.</summary>
    /// <param name="inputs">The tables that are read; null for those of production.</param>
    public static async Task CutAsync(NpgsqlConnection connection, CancellationToken ct, ChargeInputs? inputs = null)
    {
        await connection.ExecuteLongAsync(DropSql, ct);
        await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, RanSql), ct);
        await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, CutSql), ct);
        await connection.ExecuteLongAsync(AnalyzeSql, ct);
        var firstMonth = await connection.ScalarLongAsync<DateTime>(FirstMonthSql, ct);
        await connection.ExecuteLongAsync(ChargeInputs.Named(inputs, SumsSql), ct, ("first_month", firstMonth));
    }
}
