using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Backup;

/// <summary>Prepares a restored ledger, which doesn't know what was charged and taken after its backup. Debits, refunds, claw-backs and
/// hours since are held for a person, jobs are off until an admin takes over again, and pending messages are discarded.</summary>
/// <param name="HeldDebits">Open debits that are held now.</param>
/// <param name="HeldRefunds">Refunds of accounts that were owed tokens, which may have been given since.</param>
/// <param name="HeldHours">Server-hours since the backup, held by one hold of a run.</param>
/// <param name="ReopenedHolds">Approved holds that are open again.</param>
/// <param name="DueRenewals">DNS subscriptions that are due, which may have been renewed since.</param>
/// <param name="DiscardedMessages">Pending messages, such as alerts, that are discarded.</param>
public sealed record Aftermath(
    int HeldDebits, int HeldRefunds, int HeldHours, int ReopenedHolds, IReadOnlyList<string> DueRenewals, int DiscardedMessages)
{
    // Only allowed while the triggers are off: otherwise a pending debit can't be held.
    private const string HoldDebitsSql = """
        update cron_service.debits set state = 'held', message = @reason where state in ('pending', 'sending', 'in_doubt')
        """;

    // Otherwise the next charges would use up what was given back. The latest debit knows the tokens of a currency unit, which the
    // environment of a restore may lack.
    private const string HoldRefundsSql = """
        insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, message)
        select a.id, 'refund', t.tokens, t.tokens / u.tokens_per_unit, 'Refund: owed when the backup was taken', 'held', @reason
        from cron_service.accounts a
        cross join (select coalesce((select d.tokens / d.amount from cron_service.debits d where d.kind in ('debit', 'refund')
            order by d.id desc limit 1), @tokens_per_unit) as tokens_per_unit) u
        cross join lateral (select least(floor(-a.owed_amount * u.tokens_per_unit), 2000000000)::bigint as tokens) t
        where a.kind = 'customer' and t.tokens >= 1 and not exists (select from cron_service.collected_amounts c where c.account_id = a.id)
        """;

    // One hold of a run with every later hour that no other hold has: nothing is charged while it is open. A server that was removed or
    // switched off may have run in the hour before.
    private const string HoldHoursSql = """
        with spans as (
            select e.server_id, a.id as account_id, lower(p) as from_hour, upper(p) as until_hour
            from cron_service.enrolments e
            cross join (select date_trunc('hour', coalesce(@as_of::timestamptz, now()), 'UTC') as hour) n
            left join cron_service.accounts a on a.user_id = e.user_id
            cross join lateral unnest(tstzmultirange(tstzrange(e.billed_until, greatest(e.billed_until, n.hour))) - coalesce((
                select range_agg(tstzrange(s.from_hour, s.until_hour)) from cron_service.hold_spans s where s.server_id = e.server_id),
                    '{}')) as p
            where e.billed_until < n.hour and (e.enrolment_id is not null and e.billing_enabled or exists (
                select from cron_service.uptime u where u.server_id = e.server_id and u.is_billable and u.seen_until > e.billed_until))
        ), held as (
            insert into cron_service.holds (scope, from_hour, until_hour, hours, reason)
            select 'run', min(from_hour), max(until_hour), least(sum(extract(epoch from until_hour - from_hour) / 3600),
                2147483647)::integer, @reason
            from spans having count(*) > 0
            returning id, hours
        ), written as (
            insert into cron_service.hold_spans (hold_id, server_id, account_id, from_hour, until_hour, charged_until)
            select h.id, s.server_id, s.account_id, s.from_hour, s.until_hour, s.from_hour from spans s, held h
        )
        select hours from held
        """;

    // The charged hours of an approved hold stay in it; the others are in a hold of their own, as none is open with charged hours.
    private const string SplitHoldsSql = """
        with partly as materialized (
            select h.id, nextval(pg_get_serial_sequence('cron_service.holds', 'id')) as rest_id
            from cron_service.holds h where h.state = 'approved' and exists (
                select from cron_service.hold_spans s where s.hold_id = h.id and s.charged_until > s.from_hour)
        ), rests as (
            insert into cron_service.holds (id, scope, server_id, account_id, from_hour, until_hour, hours, reason, state, opened_by_run_id)
                overriding system value
            select p.rest_id, h.scope, h.server_id, h.account_id, min(s.charged_until), max(s.until_hour),
                   sum(extract(epoch from s.until_hour - s.charged_until) / 3600)::integer, h.reason, 'approved', h.opened_by_run_id
            from partly p join cron_service.holds h using (id)
                join cron_service.hold_spans s on s.hold_id = h.id and s.charged_until < s.until_hour
            group by p.rest_id, h.id
        ), added as (
            insert into cron_service.hold_spans (hold_id, server_id, account_id, from_hour, until_hour, charged_until)
            select p.rest_id, s.server_id, s.account_id, s.charged_until, s.until_hour, s.charged_until
            from partly p join cron_service.hold_spans s on s.hold_id = p.id
            where s.charged_until > s.from_hour and s.charged_until < s.until_hour
        ), moved as (
            update cron_service.hold_spans s set
                hold_id = case when s.charged_until = s.from_hour then p.rest_id else p.id end,
                until_hour = case when s.charged_until = s.from_hour then s.until_hour else s.charged_until end
            from partly p where s.hold_id = p.id
        )
        update cron_service.holds h set state = 'charged', amount = null, until_hour = c.until_hour, hours = c.hours
        from (select p.id, max(s.charged_until) as until_hour,
                  sum(extract(epoch from s.charged_until - s.from_hour) / 3600)::integer as hours
              from partly p join cron_service.hold_spans s on s.hold_id = p.id where s.charged_until > s.from_hour group by p.id) as c
        where h.id = c.id
        """;

    // The next run would charge them, even while the hold of the hours since the backup is open.
    private const string ReopenHoldsSql = """
        update cron_service.holds set state = 'open', decided_by = null, decided_at = null, decision_reason = null,
            reason = reason || '; ' || @reason
        where state = 'approved'
        """;

    private const string DueRenewalsSql = """
        select s.id::text || ' of user ' || s."userId" || ', due ' || s."nextPaymentDate"::date
        from public.dns_plan_subscriptions s
        left join public.dns_plans p on p.id::text = s."planId"::text
        where s."autoRenew" and s."nextPaymentDate"::timestamp <= coalesce(@as_of::timestamptz, now()) at time zone 'UTC'
          and (s.status = 'active' or s.status = 'suspended' and exists (select from cron_service.dns_graces g
              where g.subscription_id = s.id::text and g.suspended_at is not null))
          and (p.price is null or p.price::text ~ '[1-9]')
        order by s."nextPaymentDate", s.id::text
        """;

    // Their tokens may have been granted since, so a person decides once PayPal shows them as paid; or taken back since.
    private const string HoldTopUpsSql = """
        update cron_service.top_ups t set difference = case when g.has_grant then t.difference else @reason end,
            claw_back_hold = case when g.has_grant then @claw_back_reason end, claimed_until = null
        from (select t.id, exists (
            select from cron_service.debits d where d.top_up_id = t.id and d.kind = 'grant' and d.state <> 'voided') as has_grant
            from cron_service.top_ups t) as g
        where g.id = t.id
        """;

    // The next checks find remaining problems again.
    private const string DiscardMessagesSql = """
        update cron_service.outbox set state = 'discarded', closed_at = now(), claimed_until = null, message = @reason
            where state = 'pending'
        """;

    private const string StopJobsSql = """
        update cron_service.jobs set enabled = false, taken_over_at = null, taken_over_by = null, note = @reason
            where job in ('hourly-billing', 'dns-renewal')
        """;

    // Changes of the wallets since then are unknown, so nobody is suspended or notified.
    private const string StopPolicySql = "update cron_service.customer_policy set suspension_enabled = false, notices_enabled = false";

    // A restored table's switch is our copy, by which the panel's own engine would renew what may be renewed already.
    private const string StopRenewalsSql = """
        do $$
        begin
            if exists (select from pg_attribute where attrelid = to_regclass('public.dns_billing_settings') and attname = 'cron_enabled'
                and atttypid = 'boolean'::regtype) then
                update public.dns_billing_settings set cron_enabled = false where cron_enabled;
            end if;
        end $$
        """;

    private const string CloseRunsSql = """
        update cron_service.runs r set status = 'abandoned', finished_at = now(), message = 'it was under way when the backup was taken',
            servers_processed = f.servers, hours_billed = f.hours, total_billed = f.amount, tokens_debited = f.tokens
        from (select n.id, figures.* from cron_service.runs n cross join lateral cron_service.run_figures(n.id) as figures
            where n.status = 'running') as f
        where r.id = f.id;
        update cron_service.leases set expires_at = now() where expires_at > now()
        """;

    // Customers may have been notified since: events before the next heartbeat are skipped, as when notices are switched on.
    private const string SkipNoticesSql = "update cron_service.notice_watch set enabled_since = null";

    private const string AuditSql =
        "insert into cron_service.audit (actor, action, subject, after) values ('restore', 'restore', @name, @after::jsonb)";

    public static async Task<Aftermath> WriteAsync(NpgsqlConnection connection, string name, DateTimeOffset takenAt, DateTimeOffset? asOf,
        LedgerOptions ledger, bool isPanelLoaded, CancellationToken ct)
    {
        var backup = $"restored from a backup of {takenAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC";
        var debits = await connection.ExecuteAsync(HoldDebitsSql, ct,
            ("reason", $"{backup}: it may have been taken since; look for its id as reference 1 in VirtFusion"));
        var refunds = await connection.ExecuteAsync(HoldRefundsSql, ct, ("tokens_per_unit", (decimal)ledger.TokensPerCurrencyUnit),
            ("reason", $"{backup}: it may have been given since; look for refunds to the customer in VirtFusion's credits"));
        await connection.ExecuteAsync(HoldTopUpsSql, ct,
            ("reason", $"{backup}: its tokens may have been granted since; look for its number in VirtFusion's credits"),
            ("claw_back_reason", $"{backup}: its tokens may have been taken back since; look for the top-up in VirtFusion's credits"));
        await connection.ExecuteAsync(SplitHoldsSql, ct);
        var holds = await connection.ExecuteAsync(ReopenHoldsSql, ct,
            ("reason", $"{backup}: it was approved, and may have been charged and taken since"));
        var hours = await connection.QueryAsync<int>(HoldHoursSql, ct, ("as_of", asOf?.UtcDateTime),
            ("reason", $"{backup}: these hours may have been charged and taken since; approve if they were not, reject if they were"));
        await connection.ExecuteAsync(StopJobsSql, ct, ("reason", $"{backup}: enable it again when held debits and hours are decided"));
        if (isPanelLoaded)
            await connection.ExecuteAsync(StopRenewalsSql, ct);
        var (renewals, _) = await Attempt.TryAsync(connection, () => connection.QueryAsync<string>(DueRenewalsSql, ct,
            ("as_of", asOf?.UtcDateTime)), ct);
        await connection.ExecuteAsync(StopPolicySql, ct);
        await connection.ExecuteAsync(CloseRunsSql, ct);
        await connection.ExecuteAsync(SkipNoticesSql, ct);
        var messages = await connection.ExecuteAsync(DiscardMessagesSql, ct, ("reason", $"{backup}: it may have been sent since"));
        var aftermath = new Aftermath(debits, refunds, hours.FirstOrDefault(), holds, renewals ?? [], messages);
        await connection.ExecuteAsync(AuditSql, ct, ("name", name), ("after", JsonSerializer.Serialize(aftermath, BackupManifest.Json)));
        return aftermath;
    }
}
