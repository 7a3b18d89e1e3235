using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.Billing;

/// <summary>Holds hours that waited for a problem that won't be fixed, as the enrolment was removed or switched off, or the server is
/// gone, and those that the panel's engine may have billed by a row that is gone.</summary>
public static class StrandedHours
{
    // Selected once all of their billable time is decided, so that one hold has all of it, up to the loss of its terms; what follows is
    // another's, in a second one. What a row said about the panel's engine is lost with it, if the server was not ours yet; a server
    // that is new since the take-over is watched by the interlock.
    private const string SelectSql = $"""
        drop table if exists pg_temp.stranded;
        create temporary table stranded on commit drop as
        select e.server_id, e.user_id, e.billed_from, e.billed_until as from_hour, h.until_hour,
               case when e.billed_until >= w.lost_hour then {Terms.LostFromSql} end as lost_hour, case
                   when l.is_lost then 'its row of virtfusion_hourly_billing, by which the panel may have billed, was removed or replaced'
                       || coalesce('; ' || {Enrolments.ProblemClauseSql}, '')
                   else case when not u.is_existing then 'the server is gone' when e.enrolment_id is null then 'its enrolment was removed'
                       else 'its enrolment was switched off' end || ' while its hours waited: '
                       || {Enrolments.ProblemClauseSql} end as reason,
               (e.problem like 'is enrolled %' or e.problem like 'belongs to VirtFusion user %')
                   and coalesce(e.monthly_price, e.hourly_rate) > 0 as is_priced
        from cron_service.enrolments e
        join cron_service.uptime u on u.server_id = e.server_id and u.is_current
        join cron_service.wanted_terms w on w.server_id = e.server_id
        cross join lateral (select least(@cutoff, date_trunc('hour', u.seen_until, 'UTC')) as until_hour) d
        cross join lateral (select coalesce(e.row_lost_at > e.billed_until and (e.taken_over_at is null or e.taken_over_at >= e.row_lost_at)
            and (not e.is_new or not exists (
                select from cron_service.jobs where job = 'hourly-billing' and taken_over_at is not null)), false) as is_lost) l
        cross join lateral (select least(d.until_hour, case when e.billed_until < w.lost_hour then w.lost_hour end,
            case when l.is_lost then date_trunc('hour', e.row_lost_at, 'UTC') + interval '1 hour' end) as until_hour) h
        where (e.problem is not null or e.row_lost_at is not null) and e.billed_until < h.until_hour
          and (l.is_lost or e.problem is not null and (e.enrolment_id is null or not e.billing_enabled or not u.is_existing)
              and not u.is_billable and u.started_at <= d.until_hour)
        """;

    private const string AnySql = "select exists (select from stranded)";

    // If the problem isn't the price or a missing payer, an approval charges on the terms of the enrolment; where VirtFusion names another
    // owner, not before that is put right.
    private const string TermsSql = """
        insert into cron_service.accounts (kind, user_id)
        select distinct 'customer', s.user_id from stranded s join public.users u on u.id = s.user_id
        where s.is_priced and not exists (select from cron_service.accounts a where a.user_id = s.user_id);
        insert into cron_service.terms (server_id, effective_from, account_id, package_id, price, price_seconds, is_monthly)
        select s.server_id, coalesce(s.lost_hour, '-infinity'), a.id, e.package_id, coalesce(e.monthly_price, e.hourly_rate),
               case when e.monthly_price is null then 3600 else 3600 * e.basis_hours end, e.monthly_price is not null
        from stranded s join cron_service.enrolments e using (server_id) join cron_service.accounts a on a.user_id = s.user_id
        where s.is_priced and (e.monthly_price is null or e.basis_hours between 1 and 744)
          and not exists (select from cron_service.terms t
              where t.server_id = s.server_id and t.effective_from >= coalesce(s.lost_hour, '-infinity'))
        """;

    private const string RanSql = """
        drop table if exists pg_temp.stranded_ran;
        create temporary table stranded_ran on commit drop as
        select * from (
            select s.server_id, t.account_id, t.price, t.price_seconds,
                   greatest(u.started_at, s.billed_from, s.from_hour, t.effective_from) as from_at,
                   least(u.seen_until, s.until_hour, t.effective_until) as until_at
            from stranded s
            join cron_service.uptime u on u.server_id = s.server_id and u.is_billable
            left join (select *, lead(effective_from, 1, 'infinity') over (
                           partition by server_id order by effective_from, account_id nulls first) as effective_until
                       from (select server_id, effective_from, account_id, price, price_seconds from cron_service.terms
                             where server_id in (select server_id from stranded)
                             union all select server_id, lost_hour, null, null, null from stranded where lost_hour is not null) as known
                ) as t on t.server_id = s.server_id
        ) as r where from_at < until_at
        """;

    private const string SpansSql = """
        insert into to_hold_spans (subject, server_id, account_id, from_hour, until_hour)
        select server_id, server_id, account_id, to_timestamp(lower(h) * 3600), to_timestamp(upper(h) * 3600)
        from (select r.server_id, r.account_id, range_agg(int8range(
                     extract(epoch from r.from_at)::bigint / 3600, (extract(epoch from r.until_at)::bigint + 3599) / 3600))
                     - coalesce((select range_agg(int8range(
                         extract(epoch from x.from_hour)::bigint / 3600, extract(epoch from x.until_hour)::bigint / 3600))
                                 from cron_service.hold_spans x where x.server_id = r.server_id), '{}') as hours
              from stranded_ran r group by r.server_id, r.account_id) as held,
             unnest(held.hours) as h
        """;

    // As with old hours, the cost before the monthly cap.
    private const string AmountsSql = """
        insert into to_hold (subject, amount, reason)
        select s.server_id, cron_service.round6(sum(r.price
                   * extract(epoch from least(r.until_at, p.until_hour) - greatest(r.from_at, p.from_hour)) / r.price_seconds)),
               s.reason || case when count(r.account_id) = 0 then '; without a valid price or payer it can only be rejected' else '' end
        from stranded s
        join to_hold_spans p on p.server_id = s.server_id
        join stranded_ran r on r.server_id = p.server_id and r.from_at < p.until_hour and r.until_at > p.from_hour
        group by s.server_id, s.reason
        """;

    private const string DecideSql =
        "update cron_service.enrolments e set billed_until = s.until_hour from stranded s where s.server_id = e.server_id";

    /// <summary>Holds stranded hours, under <see cref="ChargeLocks"/>.</summary>
    /// <returns>A line for each hold.</returns>
    public static async Task<List<HeldLine>> HoldAsync(NpgsqlConnection connection, long runId, DateTimeOffset cutoff, bool isDryRun,
        CancellationToken ct)
    {
        var held = new List<OpenedHold>();
        while (await SelectAsync(connection, cutoff, ct))
        {
            await connection.ExecuteLongAsync(TermsSql, ct);
            await HoldOpening.BeginAsync(connection, ct);
            await connection.ExecuteLongAsync(RanSql, ct);
            await connection.ExecuteLongAsync(SpansSql, ct);
            await connection.ExecuteLongAsync(AmountsSql, ct);
            held.AddRange(await HoldOpening.OpenAsync(connection, "server", runId, ct));
            await connection.ExecuteLongAsync(DecideSql, ct);
        }
        return held.ConvertAll(hold => HeldLine.Of((int)hold.Subject, $"{hold.Hours} hours", "are", $": {hold.Reason}", hold.Id, isDryRun));
    }

    private static async Task<bool> SelectAsync(NpgsqlConnection connection, DateTimeOffset cutoff, CancellationToken ct)
    {
        await connection.ExecuteLongAsync(SelectSql, ct, ("cutoff", cutoff.UtcDateTime));
        return await connection.ScalarLongAsync<bool>(AnySql, ct);
    }
}
