using SkyPanel.Functions.Billing;

namespace SkyPanel.Functions.WhatIf;

/// <summary>Fills the temporary tables of <see cref="ChargeInputs.Replay"/> with the time that the panel's engine billed, each second once,
/// without time in which a server was seen not running.</summary>
public static class BilledTime
{
    private const string SpansSql = """
        create temporary table panel_spans on commit drop as
        select server_id, range_agg(tstzrange(greatest(from_at, @from_at),
            least(until_at, @until_at))) filter (where is_completed) as billed
        from panel_charges where greatest(from_at, @from_at) < least(until_at, @until_at) group by server_id
        """;

    private const string FillSql = """
        create temporary table terms on commit drop as
        select id, server_id, effective_from, account_id, is_monthly, price, price_seconds
        from cron_service.terms where server_id in (select server_id from panel_charges);
        create temporary table uptime on commit drop as
        select s.server_id, lower(p) as started_at, upper(p) as seen_until, false as is_current, true as is_billable
        from panel_spans s cross join lateral unnest(s.billed - coalesce((
            select range_agg(tstzrange(u.started_at, u.seen_until)) from cron_service.uptime u
            where u.server_id = s.server_id and not (u.is_existing and not u.is_suspended and u.is_built and u.billing_enabled)),
                '{}')) as p
        union all
        select server_id, @until_at, @until_at, true, false from panel_spans;
        create temporary table enrolments on commit drop as
        select e.server_id, e.user_id, @from_at as billed_from, @from_at as billed_until, null::text as problem,
               e.enrolment_id, e.taken_over_at
        from cron_service.enrolments e where e.server_id in (select server_id from panel_spans)
        """;

    /// <summary>Fills them from the rows of <see cref="PanelCharges"/>.</summary>
    /// <param name="from">The beginning of a month.</param>
    /// <param name="until">The end of a month.</param>
    public static async Task FillAsync(NpgsqlConnection connection, DateTime from, DateTime until, CancellationToken ct)
    {
        (string, object?)[] range = [("from_at", from), ("until_at", until)];
        await connection.ExecuteLongAsync(SpansSql, ct, range);
        await connection.ExecuteLongAsync(FillSql, ct, range);
        await connection.ExecuteLongAsync(ObservedTime.EmptySql, ct);
    }
}
