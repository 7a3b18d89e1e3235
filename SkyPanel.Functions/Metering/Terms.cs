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

    // The first terms apply from the beginning; a change takes effect at the next full hour, or at the last one, if the row was lost since
    // the latest terms began and the server wasn't billable in this hour or after the loss: nobody has used it on those terms. A billable
    // spell that outlasts the loss may only be unread.
    private const string RecordSql = """
        insert into cron_service.terms (server_id, effective_from, account_id, package_id, price, price_seconds, is_monthly)
        select w.server_id,
               case when latest.id is null then '-infinity'
                    when w.row_lost_at > latest.effective_from and latest.effective_from < h.hour and not exists (
                        select from cron_service.uptime u where u.server_id = w.server_id and u.is_billable
                            and (u.seen_until > greatest(least(h.hour, w.row_lost_at), u.started_at)
                                or u.is_current and u.started_at < w.row_lost_at)) then h.hour
                    else h.hour + interval '1 hour' end,
               w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly
        from cron_service.wanted_terms w
        cross join lateral (select date_trunc('hour', greatest(@recorded_at, (select u.seen_until from cron_service.uptime u
            where u.server_id = w.server_id and u.is_current)), 'UTC') as hour) h
        left join (select distinct on (server_id) * from cron_service.terms
            order by server_id, effective_from desc) latest on latest.server_id = w.server_id
        where w.is_valid and (latest.id is null
           or (latest.account_id, latest.package_id, latest.price, latest.price_seconds, latest.is_monthly)
              is distinct from (w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly))
        on conflict (server_id, effective_from) do nothing
        """;

    /// <summary>Records the terms of each server whose terms differ from the latest ones, in the caller's transaction.</summary>
    /// <param name="recordedAt">The time at which the panel's rows were read.</param>
    public static async Task RecordAsync(NpgsqlConnection connection, DateTimeOffset recordedAt, CancellationToken ct)
    {
        await connection.ExecuteAsync(DeleteSql, ct, ("recorded_at", recordedAt.UtcDateTime));
        await connection.ExecuteAsync(RecordSql, ct, ("recorded_at", recordedAt.UtcDateTime));
    }
}
