using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.Customers;

/// <summary>Reads the undecided hours of a month: a statement is provisional while there are any.</summary>
internal static class OpenHours
{
    // A transaction that began in the last second of the month may commit a little later.
    private const string MonthSql = """
        select @month + interval '1 month' as until where now() < @month + interval '1 month' + interval '10 minutes'
        """;

    // An undecided hour is undecided for all payers of its server in the month: they share the cap. Of a server without a usable date all
    // hours in which it ran are undecided.
    private const string ServersSql = $"""
        with bounds as (
            select @month::timestamptz as begins, @month::timestamptz + interval '1 month' as ends
        ), paid as (
            select server_id from (
                select server_id, account_id, effective_from, lead(effective_from, 1, 'infinity') over (partition by server_id
                    order by effective_from) as effective_until
                from cron_service.terms where server_id in (select server_id from cron_service.terms where account_id = @account_id)) as t,
                    bounds
            where account_id = @account_id and effective_from < ends and effective_until > begins
            union
            select e.server_id from cron_service.enrolments e join cron_service.accounts a on a.user_id = e.user_id where a.id = @account_id
        )
        select e.server_id, greatest(nullif(e.billed_until, 'infinity'), begins) as "from", ends as until,
               coalesce('its hours wait: ' || {Enrolments.ProblemClauseSql}, 'its hours are not all billed yet') as reason
        from paid join cron_service.enrolments e using (server_id) cross join bounds
        left join cron_service.uptime u on u.server_id = e.server_id and u.is_current
        where (e.billed_until < ends and e.billed_from < ends
            or e.billed_from = 'infinity' and (u.server_id is null or exists (select from cron_service.uptime r
                where r.server_id = e.server_id and r.is_billable and r.started_at < ends and r.seen_until > begins)))
          and (e.enrolment_id is not null or u.is_billable or u.started_at > e.billed_until)
        union all
        select s.server_id, greatest(s.charged_until, begins), least(s.until_hour, ends), 'hold ' || h.id || ' (' || h.state || '): '
            || h.reason
        from cron_service.hold_spans s join cron_service.holds h on h.id = s.hold_id cross join bounds
        where h.state in ('open', 'approved') and h.scope <> 'correction' and s.charged_until < s.until_hour and s.charged_until < ends
            and s.until_hour > begins
          and (s.account_id = @account_id or s.server_id in (select server_id from paid))
        order by 1, 2
        """;

    public static async Task<List<OpenItem>> ReadAsync(NpgsqlConnection connection, long accountId, DateTime month, CancellationToken ct) =>
    [
        .. await connection.QueryAsync(MonthSql, row => new OpenItem(null, null, row.Get<DateTime>("until"), "the month is not over"), ct,
            ("month", month)),
        .. await connection.QueryAsync<OpenItem>(ServersSql, ct, ("account_id", accountId), ("month", month)),
    ];
}
