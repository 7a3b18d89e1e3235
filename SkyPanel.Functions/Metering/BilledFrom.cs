namespace SkyPanel.Functions.Metering;

/// <summary>Reads the time from which a server is ours to bill: <c>last_billed_at</c>, else its creation and the prepaid first hour, else
/// the creation of its row.</summary>
/// <remarks>It is read once. A time in the future is a mistake in the panel's row: until that is corrected, billed-from is <c>infinity</c>,
/// nothing of the server is due, and its problem gives the reason. Times without a zone are in UTC, as the panel's own code writes
/// them.</remarks>
public static class BilledFrom
{
    // The allowed difference between clocks.
    private static readonly TimeSpan Tolerance = DatabaseClock.MaxDifference;

    private const string IsUndatedSql = """
        select exists (select from cron_service.enrolments e join public.virtfusion_hourly_billing b on b.id::text = e.enrolment_id
                       where e.billed_from = 'infinity' and b.last_billed_at is null)
        """;

    // created_at is written by its default, now(), in the zone of the inserting session. Possible zones are the defaults of the database
    // and its roles, and the server's own, which is read from log_timezone, as our session hides it.
    private const string ZonesSql = """
        select distinct z.zone
        from (select split_part(setting, '=', 2) as zone from pg_db_role_setting s cross join lateral unnest(s.setconfig) as setting
              where s.setdatabase in (0, (select oid from pg_database where datname = current_database())) and setting ilike 'timezone=%'
              union all select current_setting('log_timezone')) as z
        join pg_timezone_names n on n.name = z.zone
        where exists (select from pg_attribute where attrelid = 'public.virtfusion_hourly_billing'::regclass
                        and attname = 'created_at' and atttypid = 'timestamp'::regtype)
        """;

    // Read as jsonb, which has null for the optional column server_created_at. Of the possible times of created_at the latest that isn't in
    // the future counts.
    private const string ReadSql = """
        update cron_service.enrolments e set billed_from = r.billed_from, billed_until = date_trunc('hour', r.billed_from, 'UTC')
        from (
            select p.enrolment_id, date_trunc('second', case when p.billed_at is null and p.created_at is not null and @first_hour_prepaid
                                                        then p.created_at + interval '1 hour' else p.said_at end) as billed_from
            from (
                select b.id::text as enrolment_id, nullif(b.last_billed_at::timestamptz, '-infinity') as billed_at, t.created_at,
                       coalesce(nullif(b.last_billed_at::timestamptz, '-infinity'), t.created_at,
                           (select max(b.created_at::timestamp at time zone zone) from unnest(@zones) as zone
                            where b.created_at::timestamp at time zone zone <= @latest), nullif(b.created_at::timestamptz, '-infinity'),
                                @now) as said_at
                from cron_service.enrolments e
                join public.virtfusion_hourly_billing b on b.id::text = e.enrolment_id
                cross join lateral (select nullif((to_jsonb(b) ->> 'server_created_at')::timestamptz, '-infinity') as created_at) t
                where e.billed_from = 'infinity') as p
            where p.said_at <= @latest) as r
        where e.enrolment_id = r.enrolment_id and e.billed_from = 'infinity'
        """;

    // A server with a known time waits as well, as the panel's value is wrong and is read again when an admin enables the job. A value that
    // we wrote ourselves, before a clock was set back, is not the panel's mistake.
    private const string FutureSql = """
        update cron_service.enrolments e set problem = j.problem
        from (select e.server_id, case when b.last_billed_at::timestamptz > @latest
            and (e.billed_from = 'infinity' or b.last_billed_at::timestamptz > e.billed_until)
                         then 'last_billed_at ' || b.last_billed_at
                         when e.billed_from = 'infinity' and to_jsonb(b) ->> 'server_created_at' is not null then 'server_created_at '
                             || (to_jsonb(b) ->> 'server_created_at')
                         when e.billed_from = 'infinity' then 'created_at ' || b.created_at end || ' is in the future' as problem
              from cron_service.enrolments e join public.virtfusion_hourly_billing b on b.id::text = e.enrolment_id
              where b.last_billed_at::timestamptz > @latest or e.billed_from = 'infinity' or e.problem is not null) as j
        where j.server_id = e.server_id and (e.problem is null or e.problem like '% is in the future' and e.problem not like 'the end %')
            and e.problem is distinct from j.problem
        """;

    /// <summary>Reads it for servers without a known time, in the caller's transaction.</summary>
    /// <param name="now">By the database's clock.</param>
    public static async Task ReadAsync(NpgsqlConnection connection, DateTimeOffset now, bool isFirstHourPrepaid, CancellationToken ct)
    {
        string[] zones = await connection.ScalarAsync<bool>(IsUndatedSql, ct)
            ? ["UTC", .. await connection.QueryAsync<string>(ZonesSql, ct)] : ["UTC"];
        var latest = (now + Tolerance).UtcDateTime;
        await connection.ExecuteAsync(ReadSql, ct, ("now", now.UtcDateTime), ("latest", latest), ("zones", zones),
            ("first_hour_prepaid", isFirstHourPrepaid));
        await connection.ExecuteAsync(FutureSql, ct, ("latest", latest));
    }
}
