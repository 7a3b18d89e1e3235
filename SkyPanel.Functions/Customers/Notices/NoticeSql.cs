namespace SkyPanel.Functions.Customers.Notices;

/// <summary>The statements that derive notices from facts, one for each kind of fact. Each inserts the missing notices and returns
/// their ids.</summary>
/// <remarks>Parameters: <c>@now</c>, <c>@since</c> (earlier events cause no notice), and further ones of each statement.</remarks>
internal static class NoticeSql
{
    /// <summary>Resets the thresholds below the current runway, so that they can cause notices again, once more is available than at the
    /// lowest since. A server that burns nothing for a while is no reason.</summary>
    public const string RearmSql = """
        update cron_service.notice_thresholds t
        set is_told = not r.is_rearmed, descent = t.descent + r.is_rearmed::integer,
            lowest_available = least(t.lowest_available, r.available)
        from (
            select n.account_id, n.hours, s.available, s.available > n.lowest_available
                   and (s.runway = 'endless' or s.runway = 'known' and s.runway_hours > n.hours) as is_rearmed
            from cron_service.notice_thresholds n join cron_service.standings s using (account_id) where n.is_told
        ) r
        where t.account_id = r.account_id and t.hours = r.hours and (r.is_rearmed or r.available < t.lowest_available)
        """;

    /// <summary>Marks the thresholds already reached as notified, when notices are switched on.</summary>
    public const string PassOverSql = """
        insert into cron_service.notice_thresholds (account_id, hours, is_told, lowest_available)
        select s.account_id, h.hours, true, s.available from cron_service.standings s cross join unnest(@thresholds::integer[]) as h(hours)
        where s.runway = 'known' and s.runway_hours <= h.hours
        on conflict (account_id, hours) do update set is_told = true, lowest_available = excluded.lowest_available
        """;

    // One notice covers all thresholds reached, by the lowest. It waits for an hour after any notice to the account, but for none
    // of a clock that was ahead.
    public const string RunwaySql = $"""
        with reached as (
            select s.account_id, h.hours, s.available, coalesce(t.descent, 1) as descent
            from cron_service.standings s cross join unnest(@thresholds::integer[]) as h(hours)
            left join cron_service.notice_thresholds t on t.account_id = s.account_id and t.hours = h.hours
            where s.runway = 'known' and s.runway_hours <= h.hours and not coalesce(t.is_told, false)
              and not exists (select from cron_service.notices n
                  where n.account_id = s.account_id and n.created_at > @now - interval '1 hour'
                      and n.created_at <= @now + interval '1 minute')
        ), told as (
            insert into cron_service.notice_thresholds (account_id, hours, descent, is_told, lowest_available)
                select account_id, hours, descent, true, available from reached
            on conflict (account_id, hours) do update set is_told = true, lowest_available = excluded.lowest_available
        ), found as (
            select distinct on (r.account_id) r.account_id, 'runway' as cause, r.hours || '/' || r.descent as cause_key, jsonb_build_object(
                'hours', greatest(0, floor(s.runway_hours))::integer, 'threshold', r.hours, 'burn', s.burn,
                'balance', s.available - l.credit_limit, 'creditLimit', nullif(l.credit_limit, 0)) as facts
            from reached r
            join cron_service.standings s using (account_id)
            join cron_service.credit_limits l using (account_id)
            order by r.account_id, r.hours
        ) {WriteSql}
        """;

    // A dry run causes no notice. A later instant, by an exemption or a longer grace, causes another one.
    public const string DueSql = $"""
        with found as (
            select s.account_id, 'suspension_due' as cause,
                   extract(epoch from d.due_at)::bigint::text as cause_key,
                   jsonb_build_object('balance', s.available - l.credit_limit, 'dueAt', d.due_at,
                       'creditLimit', nullif(l.credit_limit, 0)) as facts
            from cron_service.standings s
            join cron_service.credit_limits l using (account_id)
            cross join cron_service.customer_policy p
            cross join cron_service.suspension_due_at(s.account_id, s.below_since) as d(due_at)
            where p.suspension_enabled and not p.suspension_dry_run and s.state in ('overdue', 'due') and s.available is not null
              and d.due_at >= @since and d.due_at <= @now + greatest(24, p.grace_hours) * interval '1 hour'
        ) {WriteSql}
        """;

    // One notice covers all servers of an account, once none is in progress or after ten minutes. A server that has another owner now is
    // none of them.
    public const string ServersSql = $"""
        with untold as (
            select x.id, x.account_id, x.server_id from cron_service.suspensions x
            where (@cause = 'suspended' and x.suspended_at >= greatest(@since, @now - interval '7 days')
                   or @cause = 'resumed' and x.resumed_at >= greatest(@since, @now - interval '7 days') and x.suspended_at is not null
                       and x.resumed_by is distinct from 'policy')
              and not exists (select from cron_service.notice_servers t where t.suspension_id = x.id and t.cause = @cause)
              and not exists (select from cron_service.suspensions o where o.account_id = x.account_id
                  and case @cause when 'suspended' then o.state = 'ordered' and o.ordered_at > @now - interval '10 minutes'
                           else o.state = 'resuming' and o.resume_ordered_at > @now - interval '10 minutes' end)
        ), found as (
            select account_id, @cause as cause, max(id)::text as cause_key,
                jsonb_build_object('servers', jsonb_agg(distinct server_id)) as facts
            from untold group by account_id
        ) {InsertSql}, linked as (
            insert into cron_service.notice_servers (suspension_id, cause, notice_id)
            select u.id, @cause, w.id from written w join untold u using (account_id)
        )
        select id from written
        """;

    // Tokens that a person grants again after they were taken back are told again.
    public const string TopUpsSql = $"""
        with moved as (
            select account_id, id, kind, top_up_id, again_after, amount, tokens from cron_service.debits
            where top_up_id is not null and state = 'settled' and settled_at >= greatest(@since, @now - interval '7 days')
        ), found as (
            select account_id, case kind when 'grant' then 'top_up_received' else 'taken_back' end as cause,
                   case when kind = 'claw_back' then id::text when again_after is null then top_up_id::text
                        else top_up_id || '.' || id end as cause_key,
                   jsonb_build_object('amount', amount, 'tokens', tokens) as facts
            from moved
            union all
            select t.account_id, 'top_up_failed', t.id::text, jsonb_build_object('amount', t.amount, 'tokens', t.tokens)
            from cron_service.top_ups t
            where t.state = 'denied' and t.looked_at >= greatest(@since, @now - interval '7 days')
               or t.state = 'declined' and t.created_at >= greatest(@since, @now - interval '7 days')
        ) {WriteSql}
        """;

    public const string HeldSql = $"""
        with found as (
            select d.account_id, 'debit_held' as cause, d.id::text as cause_key,
                jsonb_build_object('amount', d.amount, 'tokens', d.tokens) as facts
            from cron_service.debits d where d.state = 'held' and d.kind = 'debit' and coalesce(d.last_attempt_at, d.created_at) >= @since
        ) {WriteSql}
        """;

    private const string WriteSql = $"{InsertSql} select id from written";

    // Notices to a silenced account are stored but not sent.
    private const string InsertSql = """
        , written as (
            insert into cron_service.notices (account_id, cause, cause_key, facts, silenced_reason, created_at)
            select f.account_id, f.cause, f.cause_key, jsonb_strip_nulls(f.facts), case
                when c.is_silenced then coalesce(c.silence_reason, 'silenced') end, @now
            from found f left join cron_service.customers c using (account_id)
            order by f.account_id
            on conflict (account_id, cause, cause_key) do nothing
            returning id, account_id
        )
        """;
}
