using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Metering;

/// <summary>Passes over the time that the panel's own engine has billed, at the take-over and each time an admin enables the job
/// again.</summary>
/// <remarks>Our time begins no earlier than <c>last_billed_at</c> and the end of any completed period that is not ours. Undecided time
/// before that stays in the spells, with the evidence <c>panel</c>, and is not billable.</remarks>
public static class PanelHours
{
    private const string ResetSql =
        "update cron_service.enrolments set taken_over_at = null, is_new = false, had_row = enrolment_id is not null";

    private const string HasPeriodsSql = """
        select count(*) = 4 from pg_attribute
        where attrelid = to_regclass('public.virtfusion_hourly_transactions')
            and attname in ('id', 'billing_id', 'status', 'billing_period_end') and not attisdropped
        """;

    private const string AnySql =
        "select exists (select from cron_service.enrolments where taken_over_at is null and enrolment_id is not null and billed_from < " +
        "'infinity')";

    // The id up to which no row is about the servers to compare: the panel had no row of any of them when an admin enabled the job, and the
    // interlock has seen no row of others up to it since. What a lost row may have billed before is held. The table grows each hour, and
    // the panel has no index on its servers.
    private const string SettledSql = $"""
        select settled_id from cron_service.watched_tables
        where watch = 'hourly-billing' and table_name = 'virtfusion_hourly_transactions' and settled_rows = 0
          and exists (select from cron_service.jobs where job = watch and taken_over_at is not null)
          and not exists (select from cron_service.enrolments
              where taken_over_at is null and not is_new and had_row and enrolment_id is not null and billed_from < 'infinity')
          and (select {ForeignRows.IsNumberSql} from pg_attribute
               where attrelid = to_regclass('public.virtfusion_hourly_transactions') and attname = 'id')
        """;

    // All rows of a server count, not only the one that is its enrolment. Analyzed, as a join with each of them would read the periods once
    // for each.
    private const string EnrolledSql = """
        create temporary table panel_enrolled on commit drop as
        select b.id::text as enrolment_id, e.server_id, greatest(e.billed_from, e.billed_until) as from_at,
               date_trunc('second', max(b.last_billed_at::timestamptz) over (partition by e.server_id)) as billed_at
        from cron_service.enrolments e
        join public.virtfusion_hourly_billing b on b.virtfusion_server_id = e.server_id
        where e.taken_over_at is null and e.enrolment_id is not null and e.billed_from < 'infinity';
        analyze panel_enrolled
        """;

    // Periods that change nothing are left out here: to tell whose they are takes longer than to read them.
    private const string LaterSql = """
        select t.id, r.enrolment_id, t.billing_period_end::timestamptz as until_at
        from public.virtfusion_hourly_transactions t join panel_enrolled r on r.enrolment_id = t.billing_id::text
        where t.status = 'completed' and {range} and t.billing_period_end::timestamptz > greatest(r.from_at, r.billed_at)
        """;

    private const string NoneLaterSql = "select null::bigint as id, null::text as enrolment_id, null::timestamptz as until_at where false";

    private static readonly string BilledSql = $$"""
        create temporary table panel_billed on commit drop as
        with later as materialized ({later}), periods as (
            select t.enrolment_id, max(t.until_at) as until_at
            from later t where {{PanelRows.IsForeignSql("virtfusion_hourly_transactions")}} group by t.enrolment_id
        )
        select *, greatest(billed_at, period_until) as until_at
        from (select r.server_id, r.from_at, r.billed_at, date_trunc('second', max(p.until_at)) as period_until
              from panel_enrolled r left join periods p using (enrolment_id)
              group by r.server_id, r.from_at, r.billed_at) as s
        """;

    private const string PassOverSql = """
        insert into cron_service.passed_over (server_id, from_at, until_at, reason, passed_by)
        select server_id, from_at, until_at, case when billed_at = until_at then 'last_billed_at of virtfusion_hourly_billing'
               else 'the end of a completed period in virtfusion_hourly_transactions that is not ours' end, @passed_by
        from panel_billed where until_at > from_at and until_at <= @latest
        returning id
        """;

    // A billable spell is cut where the panel's time begins and ends. The current one continues from there.
    private const string CutSql = """
        with hit as materialized (
            select u.*, p.from_at, p.until_at
            from cron_service.passed_over p join cron_service.uptime u using (server_id)
            where p.id = any(@ids) and u.is_billable and u.started_at < p.until_at and (u.seen_until > p.from_at or u.is_current)
        ), cut as (
            update cron_service.uptime u
            set seen_until = least(h.seen_until, case when h.started_at < h.from_at then h.from_at else h.until_at end),
                evidence = case when h.started_at < h.from_at then h.evidence else 'panel' end, is_current = false
            from hit h where u.server_id = h.server_id and u.started_at = h.started_at
            returning h.*
        )
        insert into cron_service.uptime (server_id, started_at, seen_until, is_current, is_existing, is_suspended, is_built,
            billing_enabled, evidence)
        select server_id, from_at, least(seen_until, until_at), false, is_existing, is_suspended, is_built, billing_enabled, 'panel'
        from cut where started_at < from_at and seen_until > from_at
        union all
        select server_id, until_at, greatest(seen_until, until_at), is_current, is_existing, is_suspended, is_built, billing_enabled,
            evidence
        from cut where is_current or seen_until > until_at
        """;

    // Without a spell nothing is cut: the first one must not begin within the panel's time.
    private const string DecideSql = """
        update cron_service.enrolments e
        set billed_until = greatest(e.billed_until, date_trunc('hour', p.until_at, 'UTC')),
            billed_from = case when exists (select from cron_service.uptime u where u.server_id = e.server_id) then e.billed_from
                               else greatest(e.billed_from, p.until_at) end
        from cron_service.passed_over p where p.id = any(@ids) and p.server_id = e.server_id
        """;

    private const string WaitSql = """
        update cron_service.enrolments e set problem = case when b.until_at > greatest(@latest, b.from_at)
            then 'the end ' || b.until_at || ' of a period that the panel billed is in the future' end
        from panel_billed b where b.server_id = e.server_id and (e.problem like 'the end %'
            or e.problem is null and b.until_at > greatest(@latest, b.from_at))
        """;

    private const string OursSql = """
        update cron_service.enrolments e set taken_over_at = @now
        from panel_billed b
        where b.server_id = e.server_id and (b.until_at <= greatest(@latest, b.from_at) or b.until_at is null)
          and exists (select from cron_service.jobs where job = 'hourly-billing' and taken_over_at is not null)
        """;

    private const string TotalSql = """
        select count(*)::integer as servers, count(p.id)::integer as passed, coalesce(sum(p.hours), 0) as hours
        from panel_billed b left join cron_service.passed_over p on p.id = any(@ids) and p.server_id = b.server_id
        where b.until_at <= greatest(@latest, b.from_at) or b.until_at is null
        """;

    private const string ListSql = """
        select b.server_id, greatest(b.from_at, b.until_at) as ours_from, coalesce(p.hours, 0) as passed_over_hours, p.reason
        from panel_billed b left join cron_service.passed_over p on p.id = any(@ids) and p.server_id = b.server_id
        where b.until_at <= greatest(@latest, b.from_at) or b.until_at is null
        order by p.hours desc nulls last, b.server_id limit @limit
        """;

    /// <summary>Marks every server to be compared again.</summary>
    public static Task ResetAsync(NpgsqlConnection connection, CancellationToken ct) => connection.ExecuteAsync(ResetSql, ct);

    /// <summary>Passes over the time that the panel billed for servers that are not ours yet; after the take-over they are ours from then
    /// on. In the caller's transaction, after <see cref="Observer.LockAsync"/>.</summary>
    /// <param name="now">By the database's clock.</param>
    /// <param name="passedBy">The admin who enabled the job, or the run.</param>
    /// <returns>Null when every server is ours already.</returns>
    public static async Task<TakeOver?> PassOverAsync(NpgsqlConnection connection, DateTimeOffset now, string passedBy,
        CancellationToken ct)
    {
        if (!await connection.ScalarAsync<bool>(AnySql, ct))
            return null;
        var latest = ("latest", (object?)(now + DatabaseClock.MaxDifference).UtcDateTime);
        await CompareAsync(connection, ct);
        var ids = ("ids", (object?)(await connection.QueryAsync<long>(PassOverSql, ct, latest, ("passed_by", passedBy)))
            .ToArray());
        await connection.ExecuteAsync(CutSql, ct, ids);
        await connection.ExecuteAsync(DecideSql, ct, ids);
        await connection.ExecuteAsync(WaitSql, ct, latest);
        await connection.ExecuteAsync(OursSql, ct, latest, ("now", now.UtcDateTime));
        var (servers, passed, hours) = (await connection.QueryAsync(TotalSql,
            row => (row.Get<int>("servers"), row.Get<int>("passed"), row.Get<decimal>("hours")), ct, ids, latest))[0];
        var list = await connection.QueryAsync<ServerTakeOver>(ListSql, ct, ids, latest, ("limit", TakeOver.MaxListed));
        await connection.ExecuteAsync("drop table panel_billed, panel_enrolled", ct);
        return new(servers, passed, hours, list);
    }

    private static async Task CompareAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var hasPeriods = await connection.ScalarAsync<bool>(HasPeriodsSql, ct);
        var settled = hasPeriods ? await connection.QueryAsync<long>(SettledSql, ct) : [];
        var later = hasPeriods
            ? LaterSql.Replace("{range}", settled.Count > 0 ? "t.id > @settled" : "true", StringComparison.Ordinal) : NoneLaterSql;
        await connection.ExecuteLongAsync(EnrolledSql, ct);
        await connection.ExecuteLongAsync(BilledSql.Replace("{later}", later, StringComparison.Ordinal), ct,
            [.. settled.Select(id => ("settled", (object?)id))]);
    }
}
