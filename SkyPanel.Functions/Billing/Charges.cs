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
    // cost nothing. A month whose terms differ in their basis is reckoned in the seconds of the longest; the 28 zeros keep
    // enough digits of the quotient to round as exact arithmetic would.
    private const string ChargeSql = """
        with due as materialized (
            select e.server_id, e.billed_from, e.billed_until as due_from, d.due_until, null::bigint as hold_id
            from cron_service.enrolments e
            join cron_service.uptime u on u.server_id = e.server_id and u.is_current
            cross join lateral (select least(@cutoff, date_trunc('hour', u.seen_until, 'UTC')) as due_until) d
            where e.problem is null and e.billed_until < d.due_until
              and exists (select from cron_service.terms t where t.server_id = e.server_id)
              and not exists (select from cron_service.terms t where t.server_id = e.server_id and t.account_id = any(@held_accounts))
            union all
            select e.server_id, e.billed_from, h.from_hour, h.until_hour, h.id
            from cron_service.holds h join cron_service.enrolments e using (server_id)
            where h.scope = 'server' and h.state = 'approved' and h.until_hour <= @cutoff
              and not exists (select from cron_service.terms t where t.server_id = e.server_id and t.account_id = any(@held_accounts))
        ), moved as (
            update cron_service.enrolments e set billed_until = d.due_until
            from due d where d.server_id = e.server_id and d.hold_id is null
        ), released as (
            update cron_service.holds h set state = 'charged', closed_by_run_id = @run_id from due d where d.hold_id = h.id
        ), metered as (
            select d.server_id, h.hour_start,
                   sum(extract(epoch from least(s.seen_until, h.hour_start + interval '1 hour'))::bigint
                     - extract(epoch from greatest(s.started_at, d.billed_from, h.hour_start))::bigint)::integer as seconds
            from due d
            join cron_service.uptime s on s.server_id = d.server_id and s.is_billable and s.seen_until > d.due_from and s.started_at < d.due_until
            cross join lateral generate_series(
                date_trunc('hour', greatest(s.started_at, d.billed_from, d.due_from), 'UTC'),
                least(s.seen_until, d.due_until) - interval '1 microsecond', interval '1 hour') as h(hour_start)
            where s.seen_until > greatest(s.started_at, d.billed_from)
            group by d.server_id, h.hour_start
        ), ranges as (
            select t.*, lead(effective_from, 1, 'infinity') over (partition by server_id order by effective_from) as effective_until,
                   max(price_seconds) filter (where is_monthly) over (partition by server_id) as month_seconds
            from cron_service.terms t where t.server_id in (select server_id from due)
        ), priced as (
            select m.server_id, m.hour_start, date_trunc('month', m.hour_start, 'UTC') as month, m.seconds,
                   t.id as terms_id, t.account_id, t.price, t.price_seconds, t.month_seconds, t.is_monthly and @monthly_cap as is_capped,
                   case when not t.is_monthly then 0 when t.price_seconds = t.month_seconds then m.seconds
                        else m.seconds * t.month_seconds * 1.0000000000000000000000000000 / t.price_seconds end as month_used
            from metered m
            join ranges t on t.server_id = m.server_id and m.hour_start >= t.effective_from and m.hour_start < t.effective_until
            where m.seconds > 0
        ), before as (
            select m.server_id, m.month, sum(case when not t.is_monthly then 0 when t.price_seconds = t.month_seconds then m.seconds_counted
                   else m.seconds_counted * t.month_seconds * 1.0000000000000000000000000000 / t.price_seconds end) as used
            from cron_service.server_months m join ranges t on t.id = m.terms_id
            where m.month >= (select date_trunc('month', min(due_from), 'UTC') from due)
            group by m.server_id, m.month
        ), used as (
            select p.*, coalesce(b.used, 0) + sum(p.month_used) over (partition by p.server_id, p.month order by p.hour_start) as used_after
            from priced p left join before b on b.server_id = p.server_id and b.month = p.month
        ), counted as (
            select u.*, case when not is_capped then u.seconds
                when price_seconds = month_seconds then least(month_seconds, used_after) - least(month_seconds, used_after - month_used)
                else (least(month_seconds, used_after) - least(month_seconds, used_after - month_used))
                     * price_seconds * 1.0000000000000000000000000000 / month_seconds end as seconds_counted
            from used u
        ), costed as (
            select c.*, coalesce(s.amount, 0) as amount_before, cron_service.round6(c.price * (coalesce(s.seconds_counted, 0)
                       + sum(c.seconds_counted) over (partition by c.server_id, c.month, c.terms_id order by c.hour_start))
                       * 1.0000000000000000000000000000 / c.price_seconds) as amount_after
            from counted c
            left join cron_service.server_months s on s.server_id = c.server_id and s.month = c.month and s.terms_id = c.terms_id
        )
        insert into cron_service.charges (server_id, hour_start, run_id, account_id, terms_id, seconds_billed, seconds_counted, amount)
        select server_id, hour_start, @run_id, account_id, terms_id, seconds, seconds_counted, amount_after
               - coalesce(lag(amount_after) over (partition by server_id, month, terms_id order by hour_start), amount_before)
        from costed
        """;

    /// <summary>Charges every due hour that ended by the cutoff, and moves each server's billed-until over the hours decided.</summary>
    /// <param name="cutoff">Full hour, exclusive.</param>
    /// <param name="heldAccounts">Accounts whose servers wait for a person.</param>
    /// <returns>Server-hours charged; 0 when earlier runs had them all.</returns>
    public async Task<int> ChargeAsync(
        NpgsqlConnection connection, long runId, DateTimeOffset cutoff, long[] heldAccounts, CancellationToken ct) =>
        await connection.ExecuteAsync(ChargeSql, ct,
            ("run_id", runId), ("cutoff", cutoff.UtcDateTime), ("held_accounts", heldAccounts), ("monthly_cap", options.Value.MonthlyCap));
}
