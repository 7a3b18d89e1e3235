using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>Turns decided uptime into charges: one row a server and hour, for ended and decided hours only.</summary>
/// <remarks>One writer at a time, under <see cref="ChargeLocks"/>; what is read here is read after those locks.</remarks>
public sealed class Charges(IOptions<BillingOptions> options)
{
    // cost(S) telescopes: an hour's charge is the cost up to its end less the cost up to its beginning, both rounded, so that the
    // charges of a segment add up to round6(price x its share) whatever the runs. Seconds that the cap has used up count, but
    // cost nothing. Nearly every server ran without a break on one segment: its sums are differences of whole seconds (plain), and
    // a million hours cost little more than their insert. The others are added up hour by hour (metered and on); a month whose
    // terms differ in their basis is reckoned in the seconds of the longest, and the 28 zeros keep digits enough to round as
    // exact arithmetic would. What the charges of a day add up to is written beside them (lines): a plain day's sum is one difference
    // more, and a million rows need not be read again. A server stops at the first hour that a held account pays for, unless that hour was approved.
    private const string ChargeSql = """
        with held as (
            select t.server_id, min(greatest(t.effective_from, a.approved_until)) as held_from
            from (select server_id, account_id, effective_from, lead(effective_from, 1, 'infinity') over (partition by server_id order by effective_from) as effective_until
                  from cron_service.terms where server_id in (select server_id from cron_service.terms where account_id = any(@held_accounts))) as t
            join cron_service.enrolments e using (server_id)
            cross join lateral (
                select coalesce(max(h.until_hour), '-infinity') as approved_until from cron_service.holds h
                where h.state = 'approved' and (h.scope = 'run' or h.scope = 'account' and h.account_id = t.account_id)) as a
            where t.account_id = any(@held_accounts) and t.effective_until > greatest(e.billed_until, a.approved_until)
            group by t.server_id
        ), due as materialized (
            select e.server_id, e.billed_from, e.billed_until as due_from, d.due_until, null::bigint as hold_id
            from cron_service.enrolments e
            join cron_service.uptime u on u.server_id = e.server_id and u.is_current
            left join held x on x.server_id = e.server_id
            cross join lateral (select least(@cutoff, date_trunc('hour', u.seen_until, 'UTC'), x.held_from) as due_until) d
            where e.problem is null and e.billed_until < d.due_until
              and exists (select from cron_service.terms t where t.server_id = e.server_id)
            union all
            select e.server_id, e.billed_from, h.from_hour, h.until_hour, h.id
            from cron_service.holds h join cron_service.enrolments e using (server_id)
            where h.scope = 'server' and h.state = 'approved'
        ), moved as (
            update cron_service.enrolments e set billed_until = d.due_until
            from due d where d.server_id = e.server_id and d.hold_id is null
        ), released as (
            update cron_service.holds h set state = 'charged', closed_by_run_id = @run_id from due d where d.hold_id = h.id
        ), spells as (
            select d.server_id, extract(epoch from greatest(s.started_at, d.billed_from, d.due_from))::bigint as from_second,
                   extract(epoch from least(s.seen_until, d.due_until))::bigint as until_second
            from due d
            join cron_service.uptime s on s.server_id = d.server_id and s.is_billable and s.seen_until > d.due_from and s.started_at < d.due_until
            where s.seen_until > greatest(s.started_at, d.billed_from)
        ), spans as (
            select server_id, min(from_second) as from_second, max(until_second) as until_second,
                   max(until_second) - min(from_second) = sum(until_second - from_second) as is_unbroken
            from spells group by server_id
        ), hours as materialized (
            select hour, to_timestamp(hour) as hour_start, m.month, extract(epoch from m.month)::bigint as month_second
            from (select min(from_second) / 3600 * 3600 as first, max(until_second) as last from spells) as span
            cross join lateral generate_series(first, last, 3600) as hour
            cross join lateral (select date_trunc('month', to_timestamp(hour), 'UTC') as month) m
        ), ranges as materialized (
            select r.*, (price * 1000000)::bigint as price_micros, is_monthly and count(*) over (partition by server_id) = 1 and s.is_unbroken
                   and r.server_id not in (select m.server_id from cron_service.server_months m
                                           where m.is_rerated and m.month >= (select min(month) from hours)) as is_plain,
                   s.from_second, s.until_second, case when @monthly_cap then price_seconds else 9223372036854775807 end as cap_seconds,
                   max(price_seconds) filter (where is_monthly) over (partition by server_id) as month_seconds
            from (select t.*, lead(effective_from, 1, 'infinity') over (partition by server_id order by effective_from) as effective_until
                  from cron_service.terms t where t.server_id in (select server_id from due)) as r
            join spans s using (server_id)
            where effective_until > (select min(month) from hours)
        ), months as materialized (
            select distinct month, month_second, extract(epoch from month + interval '1 month')::bigint as next_second from hours
        ), plain_months as (
            select t.server_id, t.account_id, t.id as terms_id, m.month, t.price_micros, t.price_seconds, t.cap_seconds, b.from_second, b.until_second,
                   coalesce(s.seconds_billed, 0) - b.from_second as counted
            from ranges t
            join months m on t.from_second < m.next_second and t.until_second > m.month_second
            left join cron_service.server_months s on s.server_id = t.server_id and s.month = m.month and s.terms_id = t.id
            cross join lateral (select greatest(t.from_second, m.month_second) as from_second, least(t.until_second, m.next_second) as until_second) b
            where t.is_plain
        ), plain as (
            select server_id, to_timestamp(hour) as hour_start, account_id, terms_id, price_micros, price_seconds,
                   (least(until_second, hour + 3600) - greatest(from_second, hour))::integer as seconds,
                   least(cap_seconds, counted + least(until_second, hour + 3600)) as counted_after,
                   least(cap_seconds, counted + greatest(from_second, hour)) as counted_before
            from plain_months
            cross join lateral generate_series(from_second / 3600 * 3600, until_second - 1, 3600) as g(hour)
        ), metered as (
            select s.server_id, h.hour, sum(least(until_second, h.hour + 3600) - greatest(from_second, h.hour))::integer as seconds
            from spells s cross join lateral generate_series(from_second / 3600 * 3600, until_second - 1, 3600) as h(hour)
            where s.server_id in (select server_id from ranges where not is_plain)
            group by s.server_id, h.hour
        ), before as (
            select m.server_id, m.month, sum(case when not t.is_monthly then 0 when t.price_seconds = t.month_seconds then m.seconds_counted
                   else m.seconds_counted * t.month_seconds * 1.0000000000000000000000000000 / t.price_seconds end) as used
            from cron_service.server_months m join ranges t on t.id = m.terms_id
            where not t.is_plain and m.month >= (select min(month) from hours)
            group by m.server_id, m.month
        ), priced as (
            select c.server_id, h.hour_start, h.month, c.seconds, t.id as terms_id, t.account_id, t.effective_from, t.price_micros, t.price_seconds, t.month_seconds,
                   t.is_monthly and @monthly_cap as is_capped, coalesce(b.used, 0) as used_before, coalesce(s.seconds_counted, 0) as counted_before,
                   case when not t.is_monthly then 0 when t.price_seconds = t.month_seconds then c.seconds
                        else 1.0000000000000000000000000000 * c.seconds * t.month_seconds / t.price_seconds end as month_used
            from metered c
            join hours h on h.hour = c.hour
            join ranges t on t.server_id = c.server_id and h.hour_start >= t.effective_from and h.hour_start < t.effective_until
            left join before b on b.server_id = c.server_id and b.month = h.month
            left join cron_service.server_months s on s.server_id = c.server_id and s.month = h.month and s.terms_id = t.id
        ), used as (
            select p.*, used_before + sum(month_used) over (partition by server_id, month order by hour_start) as used_after from priced p
        ), counted as (
            select u.*, case when not is_capped or used_after <= month_seconds then u.seconds
                when price_seconds = month_seconds then least(month_seconds, used_after) - least(month_seconds, used_after - month_used)
                else least(u.seconds, (least(month_seconds, used_after) - least(month_seconds, used_after - month_used))
                     * price_seconds * 1.0000000000000000000000000000 / month_seconds) end as seconds_counted
            from used u
        ), segmented as (
            select c.*, counted_before + sum(seconds_counted) over (partition by server_id, month, terms_id order by hour_start) as counted_after from counted c
        ), plain_days as (
            select *, greatest(from_second, day) as day_from, least(until_second, day + 86400) as day_until
            from plain_months cross join lateral generate_series(from_second / 86400 * 86400, until_second - 1, 86400) as g(day)
        ), lines as (
            insert into run_lines (server_id, account_id, terms_id, month, day, hours, seconds, seconds_counted, amount, from_hour, until_hour)
            select server_id, account_id, terms_id, month, to_timestamp(day), (day_until + 3599) / 3600 - day_from / 3600, day_until - day_from,
                   least(cap_seconds, counted + day_until) - least(cap_seconds, counted + day_from),
                   (cron_service.cost_micros(price_micros, least(cap_seconds, counted + day_until), price_seconds)
                  - cron_service.cost_micros(price_micros, least(cap_seconds, counted + day_from), price_seconds)) * 0.000001,
                   to_timestamp(day_from / 3600 * 3600), to_timestamp((day_until + 3599) / 3600 * 3600)
            from plain_days
            union all
            select server_id, account_id, terms_id, month, date_bin('1 day', hour_start, '2000-01-01 00:00+00') as day, count(*), sum(seconds), sum(seconds_counted),
                   sum(cron_service.cost(price_micros, counted_after, price_seconds) - cron_service.cost(price_micros, counted_after - seconds_counted, price_seconds)),
                   min(hour_start), max(hour_start) + interval '1 hour'
            from segmented group by server_id, account_id, terms_id, month, day
        )
        insert into cron_service.charges (server_id, hour_start, run_id, account_id, terms_id, seconds_billed, seconds_counted, amount)
        select server_id, hour_start, @run_id, account_id, terms_id, seconds, counted_after - counted_before,
               (cron_service.cost_micros(price_micros, counted_after, price_seconds) - cron_service.cost_micros(price_micros, counted_before, price_seconds)) * 0.000001
        from plain
        union all
        select server_id, hour_start, @run_id, account_id, terms_id, seconds, seconds_counted,
               cron_service.cost(price_micros, counted_after, price_seconds) - cron_service.cost(price_micros, counted_after - seconds_counted, price_seconds)
        from segmented
        """;

    /// <summary>Charges every due hour that ended by the cutoff, and moves each server's billed-until over the hours decided.</summary>
    /// <param name="cutoff">Full hour, exclusive.</param>
    /// <param name="heldAccounts">Accounts whose hours wait for a person; those that a person approved don't.</param>
    public Task ChargeAsync(NpgsqlConnection connection, long runId, DateTimeOffset cutoff, long[] heldAccounts, CancellationToken ct) =>
        connection.ExecuteAsync(ChargeSql, ct,
            ("run_id", runId), ("cutoff", cutoff.UtcDateTime), ("held_accounts", heldAccounts), ("monthly_cap", options.Value.MonthlyCap));
}
