namespace SkyPanel.Functions.Billing;

/// <summary>Lists the laws of observed time and its charges. Each statement selects the violations of its law.</summary>
internal static class ChargeLaws
{
    // Replaces foreign keys, and checks that the hour lies within its terms.
    private const string LinesSql = """
        select 'server ' || c.server_id || ', hour ' || to_char(c.hour_start, 'YYYY-MM-DD HH24:MI') || ': charged to '
            || coalesce('user ' || a.user_id, 'nobody') || ' on terms ' || c.terms_id
        from cron_service.charges c
        left join cron_service.accounts a on a.id = c.account_id
        left join (select *, lead(effective_from, 1, 'infinity') over (partition by server_id order by effective_from) as effective_until
            from cron_service.terms) t
            on t.id = c.terms_id and t.server_id = c.server_id and t.account_id = c.account_id and c.hour_start >= t.effective_from
                and c.hour_start < t.effective_until
        where t.id is null
        """;

    private const string SecondsSql = """
        select 'server ' || coalesce(c.server_id, m.server_id) || ', ' || to_char(coalesce(c.month, m.month), 'YYYY-MM') || ': '
            || coalesce(c.seconds, 0)
               || ' corrected seconds, ' || coalesce(m.seconds_billed, 0) || ' stored'
        from (select c.server_id, date_trunc('month', c.hour_start, 'UTC') as month, c.terms_id,
            sum(coalesce(h.seconds, c.seconds_billed)) as seconds,
                     sum(c.seconds_counted) as counted, count(h.server_id) > 0 as is_corrected
              from cron_service.charges c
              left join (select distinct on (server_id, hour_start) * from cron_service.corrected_hours
                  order by server_id, hour_start, correction_id desc) h
                  using (server_id, hour_start)
              group by 1, 2, 3) c
        full join cron_service.server_months m on m.server_id = c.server_id and m.month = c.month and m.terms_id = c.terms_id
        where c.seconds is distinct from m.seconds_billed
           or not c.is_corrected and c.counted <> m.seconds_counted
              and not exists (select from cron_service.server_months o
                  where o.server_id = m.server_id and o.month = m.month and o.terms_id <> m.terms_id)
        """;

    private const string MonthsSql = """
        with posted as (
            select server_id, account_id, date_trunc('month', hour_start, 'UTC') as month, amount from cron_service.charges
            union all
            select server_id, account_id, month, case kind when 'supplement' then amount else -amount end from cron_service.adjustments
        ), sums as (
            select server_id, account_id, month, sum(amount) as amount from posted group by 1, 2, 3
        ), stored as (
            select m.server_id, t.account_id, m.month, sum(m.amount) as amount
            from cron_service.server_months m join cron_service.terms t on t.id = m.terms_id group by 1, 2, 3
        )
        select 'server ' || server_id || ', ' || to_char(month, 'YYYY-MM') || ': charges and adjustments of ' || coalesce(s.amount, 0)
               || ', stored sum ' || coalesce(k.amount, 0)
        from sums s full join stored k using (server_id, account_id, month) where s.amount is distinct from k.amount
        """;

    private const string CorrectedMonthsSql = """
        select 'server ' || m.server_id || ', ' || to_char(m.month, 'YYYY-MM') || ': corrected hours cost ' || c.amount
            || ', stored sum ' || m.amount
        from (select m.server_id, m.month, sum(m.amount) as amount, sum(m.seconds_counted) as counted from cron_service.server_months m
              where (m.server_id, m.month) in (select server_id, month from cron_service.adjustments) group by 1, 2) m
        cross join lateral (select sum(amount) as amount, sum(seconds_counted) as counted
            from cron_service.month_cost(m.server_id, m.month)) c
        where (m.amount, round(m.counted, 12)) is distinct from (c.amount, round(c.counted, 12))
        """;

    private const string DaysSql = """
        select to_char(coalesce(c.day, d.day) at time zone 'UTC', 'YYYY-MM-DD') || ': ' || coalesce(c.hours, 0) || ' charges of '
            || coalesce(c.amount, 0)
               || ', stored sum ' || coalesce(d.hours, 0) || ' of ' || coalesce(d.amount, 0)
        from (select date_trunc('day', hour_start, 'UTC') as day, count(*) as hours, sum(amount) as amount from cron_service.charges
            group by 1) c
        full join cron_service.charged_days d using (day)
        where (c.hours, c.amount) is distinct from (d.hours, d.amount)
        """;

    private const string ServersSql = """
        select 'server ' || server_id || ': charges of ' || coalesce(c.amount, 0) || ', stored sum ' || coalesce(e.charged_amount, 0)
        from (select server_id, sum(amount) as amount from cron_service.charges group by server_id) c
        full join cron_service.enrolments e using (server_id)
        where coalesce(c.amount, 0) is distinct from e.charged_amount
        """;

    private const string SpellsSql = """
        select 'server ' || server_id || ': a spell from ' || started_at || ' begins before the one before ends, ' || ended_before
        from (select server_id, started_at, lag(seen_until) over (partition by server_id order by started_at) as ended_before
            from cron_service.uptime) s
        where ended_before > started_at
        """;

    // Every billable second before billed-until is charged or held, and no other second is. Approved hours may lie after it.
    private const string HoursSql = """
        with decided as (
            select e.server_id, e.billed_from, e.billed_until, greatest(e.billed_until, max(s.charged_until)) as until
            from cron_service.enrolments e left join cron_service.hold_spans s on s.server_id = e.server_id
                and s.charged_until > s.from_hour
            group by e.server_id
        ), billable as (
            select e.server_id, e.billed_until, h.hour, sum(least(extract(epoch from s.seen_until)::bigint, h.hour + 3600)
                   - greatest(extract(epoch from greatest(s.started_at, e.billed_from))::bigint, h.hour)) as seconds
            from decided e
            join cron_service.uptime s on s.server_id = e.server_id and s.is_billable
                and s.seen_until > greatest(s.started_at, e.billed_from)
            cross join lateral generate_series(extract(epoch from greatest(s.started_at, e.billed_from))::bigint / 3600 * 3600,
                extract(epoch from least(s.seen_until, e.until))::bigint - 1, 3600) as h(hour)
            group by e.server_id, e.billed_until, h.hour
        )
        select 'server ' || coalesce(b.server_id, c.server_id) || ', hour '
            || to_char(coalesce(to_timestamp(b.hour), c.hour_start), 'YYYY-MM-DD HH24:MI') || ': ' || coalesce(b.seconds, 0)
               || ' billable seconds, ' || coalesce(c.seconds_billed, 0) || ' charged'
        from billable b
        full join cron_service.charges c on c.server_id = b.server_id and c.hour_start = to_timestamp(b.hour)
        where b.seconds is distinct from c.seconds_billed
          and (c.server_id is not null or to_timestamp(b.hour) < b.billed_until and not exists (
              select from cron_service.hold_spans h where h.server_id = b.server_id and to_timestamp(b.hour) >= h.from_hour
                  and to_timestamp(b.hour) < h.until_hour))
        """;

    private const string HoldsSql = """
        select 'server ' || s.server_id || ': hold ' || h.id || ' (' || h.state || ') has ' || count(*) || ' hours that are charged'
        from cron_service.holds h join cron_service.hold_spans s on s.hold_id = h.id
        join cron_service.charges c on c.server_id = s.server_id and c.hour_start >= s.charged_until and c.hour_start < s.until_hour
        group by h.id, s.server_id
        union all
        select 'hold ' || h.id || ' is ' || h.state || ', and ' || count(*) || ' of its spans are charged to '
               || case h.state when 'charged' then 'less than their end' else 'some hour' end
        from cron_service.holds h join cron_service.hold_spans s on s.hold_id = h.id
        where h.state = 'charged' and s.charged_until < s.until_hour or h.state in ('open', 'rejected') and s.charged_until > s.from_hour
        group by h.id
        """;

    public static readonly (string Name, string Law, string Sql)[] Checks =
    [
        ("lines", "Each charge names its server's terms of that hour, and who pays on them.", LinesSql),
        ("seconds", "The stored seconds of a server's month are those of its charges, as corrected.", SecondsSql),
        ("months", "The stored sum of a server's month is that of its charges and adjustments.", MonthsSql),
        ("corrected-months", "The charges and adjustments of a corrected month add up to the cost of its corrected seconds.",
            CorrectedMonthsSql),
        ("servers", "The stored sum of a server is that of its charges.", ServersSql),
        ("days", "The stored sum of a day is that of its charges.", DaysSql),
        ("spells", "A server is in one state at a time.", SpellsSql),
        ("hours", "Each decided billable second is charged once, or held.", HoursSql),
        ("holds", "An hour of a server that is held is not charged.", HoldsSql),
    ];
}
