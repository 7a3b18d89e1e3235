namespace SkyPanel.Functions.WhatIf;

/// <summary>Adds or removes the first hour of servers that were created in a simulated month.</summary>
public static class FirstHours
{
    // A removed hour is a piece that ends before it begins. The first spell of a server that ran when it was first seen begins at its
    // creation, as at the take-over.
    private const string ApplySql = """
        with created as (
            select e.server_id, date_trunc('second', (to_jsonb(b) ->> 'server_created_at')::timestamptz) as created_at, e.billed_from
            from cron_service.enrolments e join public.virtfusion_hourly_billing b on b.id::text = e.enrolment_id
            where isfinite(e.billed_from) and e.billed_from >= @month and e.billed_from < @until + interval '1 hour'
        ), changed as (
            select * from created
            where billed_from = case when @is_prepaid then created_at else created_at + interval '1 hour' end
        ), ran as (
            select c.server_id, greatest(c.created_at, s.started_at, @month) as from_at,
                   least(c.created_at + interval '1 hour', s.seen_until, @until) as until_at
            from changed c
            cross join lateral (
                select is_billable, seen_until, case when started_at = min(started_at) over () then least(started_at, c.created_at)
                                                     else started_at end as started_at
                from cron_service.uptime u where u.server_id = c.server_id) as s
            where s.is_billable
        )
        insert into pieces (server_id, account_id, terms_id, month, is_approved, is_alone, from_second, until_second)
        select r.server_id, t.account_id, t.id, @month, false, false,
               extract(epoch from case when @is_prepaid then until_at else from_at end)::bigint,
               extract(epoch from case when @is_prepaid then from_at else until_at end)::bigint
        from ran r
        join lateral (select * from pg_temp.terms t where t.server_id = r.server_id and t.effective_from <= r.from_at
                      order by t.effective_from desc limit 1) t on true
        where r.from_at < r.until_at
        """;

    /// <summary>Changes the pieces of the month.</summary>
    /// <param name="isPrepaid">Whether the panel charges the first hour of each server; else it is billed like any other.</param>
    public static Task ApplyAsync(NpgsqlConnection connection, CalendarMonth month, bool isPrepaid, CancellationToken ct) =>
        connection.ExecuteLongAsync(ApplySql, ct, ("month", month.Begin), ("until", month.End), ("is_prepaid", isPrepaid));
}
