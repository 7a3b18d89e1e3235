namespace SkyPanel.Functions.Metering;

/// <summary>Records terms: who pays what for a server, from a full hour on.</summary>
public static class Terms
{
    // Deletes a change that changes again before it takes effect, also to terms that can't be billed. Observed hours may have been charged
    // already, even if the clock was set back since.
    private const string DeleteSql = """
        delete from cron_service.terms t
        using cron_service.wanted_terms w left join cron_service.uptime u on u.server_id = w.server_id and u.is_current
        where t.effective_from > @recorded_at and t.server_id = w.server_id and t.effective_from > greatest(@recorded_at, u.seen_until)
          and (t.account_id, t.package_id, t.price, t.price_seconds, t.is_monthly) is distinct from
              (w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly)
        """;

    // The first terms apply from the beginning; a change takes effect at the next full hour. If the row is another one, that is the hour
    // after the loss of the former, or that of the loss, if the server wasn't billable in it: what it has run since has waited for the new
    // row. A current spell may only be unread. Later hours are charged after a wrong clock, or if a hold of them was approved.
    private const string RecordSql = """
        insert into cron_service.terms (server_id, effective_from, account_id, package_id, price, price_seconds, is_monthly)
        select w.server_id,
               case when latest.id is null then '-infinity'
                    when latest.effective_from < begun.hour then begun.hour
                    else h.hour + interval '1 hour' end,
               w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly
        from cron_service.wanted_terms w
        cross join lateral (select date_trunc('hour', greatest(@recorded_at, (select u.seen_until from cron_service.uptime u
            where u.server_id = w.server_id and u.is_current)), 'UTC') as hour) h
        cross join lateral (select date_trunc('hour', w.row_lost_at, 'UTC') as hour) lost
        cross join lateral (select case when w.row_lost_at is not null then greatest(w.billed_until, (
            select max(s.charged_until) from cron_service.hold_spans s where s.server_id = w.server_id and s.charged_until > s.from_hour),
            lost.hour + case when exists (select from cron_service.uptime u
                where u.server_id = w.server_id and u.is_billable and u.started_at < w.row_lost_at
                    and (u.is_current or u.seen_until > greatest(lost.hour, u.started_at))) then interval '1 hour' else '0' end)
            end as hour) begun
        left join (select distinct on (server_id) * from cron_service.terms
            order by server_id, effective_from desc) latest on latest.server_id = w.server_id
        where w.is_valid and (latest.id is null
           or (latest.account_id, latest.package_id, latest.price, latest.price_seconds, latest.is_monthly)
              is distinct from (w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly))
        on conflict (server_id, effective_from) do nothing
        """;

    private const string RecordedSql = """
        update cron_service.enrolments e set has_lost_terms = false
        from cron_service.wanted_terms w where e.has_lost_terms and w.server_id = e.server_id and w.is_valid
        """;

    /// <summary>Records the terms of each server whose terms differ from the latest ones, in the caller's transaction.</summary>
    /// <param name="recordedAt">The time at which the panel's rows were read.</param>
    public static async Task RecordAsync(NpgsqlConnection connection, DateTimeOffset recordedAt, CancellationToken ct)
    {
        await connection.ExecuteAsync(DeleteSql, ct, ("recorded_at", recordedAt.UtcDateTime));
        await connection.ExecuteAsync(RecordSql, ct, ("recorded_at", recordedAt.UtcDateTime));
        await connection.ExecuteAsync(RecordedSql, ct);
    }
}
