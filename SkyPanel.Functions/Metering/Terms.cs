namespace SkyPanel.Functions.Metering;

/// <summary>Records terms: who pays what for a server, from a full hour on.</summary>
public static class Terms
{
    // Deletes a change that changes again before it takes effect, also to terms that can't be billed, or whose row is lost before. Observed
    // hours may have been charged already, even if the clock was set back since.
    private const string DeleteSql = """
        delete from cron_service.terms t
        using cron_service.wanted_terms w left join cron_service.uptime u on u.server_id = w.server_id and u.is_current
        where t.effective_from > @recorded_at and t.server_id = w.server_id and t.effective_from > greatest(@recorded_at, u.seen_until)
          and (w.row_lost_at = @recorded_at or (t.account_id, t.package_id, t.price, t.price_seconds, t.is_monthly)
              is distinct from (w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly))
        """;

    private const string NamesAnotherSql = """
        (select t.account_id from cron_service.terms t where t.server_id = e.server_id order by t.effective_from desc limit 1)
            <> coalesce((select a.id from cron_service.accounts a where a.user_id = e.user_id), 0)
        """;

    // What the server runs while its new row can't be billed is not the former payer's. The first loss counts, however often the row is
    // replaced then. If the same row names the former payer again, nothing was lost.
    private const string LostSql = $"""
        update cron_service.enrolments e set terms_lost_at = @recorded_at
        where e.terms_lost_at is null and (e.row_lost_at = @recorded_at or e.problem is not null and {NamesAnotherSql});
        update cron_service.enrolments e set terms_lost_at = null
        where coalesce(e.row_lost_at, '-infinity') < e.terms_lost_at and not ({NamesAnotherSql})
        """;

    /// <summary>The hour from which a server's time since the loss of its terms belongs to those that follow, of <c>wanted_terms w</c>:
    /// decided and charged hours keep their payer.</summary>
    public const string LostFromSql = """
        greatest(w.lost_hour, w.billed_until, (
            select max(s.charged_until) from cron_service.hold_spans s where s.server_id = w.server_id and s.charged_until > s.from_hour))
        """;

    // The first terms apply from the beginning, once VirtFusion has shown whose the server is. A change takes effect at the next full hour,
    // or from the loss of the latest terms on: what the server has run since has waited for these. Later hours are charged after a wrong
    // clock, or if a hold of them was approved.
    private const string RecordSql = $"""
        insert into cron_service.terms (server_id, effective_from, account_id, package_id, price, price_seconds, is_monthly)
        select w.server_id,
               case when latest.id is null then '-infinity'
                    when latest.effective_from < begun.hour then begun.hour
                    else h.hour + interval '1 hour' end,
               w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly
        from cron_service.wanted_terms w
        cross join lateral (select date_trunc('hour', greatest(@recorded_at, (select u.seen_until from cron_service.uptime u
            where u.server_id = w.server_id and u.is_current)), 'UTC') as hour) h
        cross join lateral (select case when w.lost_hour is not null then {LostFromSql} end as hour) begun
        left join (select distinct on (server_id) * from cron_service.terms
            order by server_id, effective_from desc) latest on latest.server_id = w.server_id
        where w.is_valid and case
            when latest.id is null then exists (select from cron_service.uptime u where u.server_id = w.server_id)
            else (latest.account_id, latest.package_id, latest.price, latest.price_seconds, latest.is_monthly)
              is distinct from (w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly) end
        on conflict (server_id, effective_from) do nothing
        """;

    private const string RecordedSql = """
        update cron_service.enrolments e set terms_lost_at = null
        from cron_service.wanted_terms w where e.terms_lost_at is not null and w.server_id = e.server_id and w.is_valid
        """;

    /// <summary>Records the terms of each server whose terms differ from the latest ones, in the caller's transaction.</summary>
    /// <param name="recordedAt">The time at which the panel's rows were read.</param>
    public static async Task RecordAsync(NpgsqlConnection connection, DateTimeOffset recordedAt, CancellationToken ct)
    {
        await connection.ExecuteAsync(DeleteSql, ct, ("recorded_at", recordedAt.UtcDateTime));
        await connection.ExecuteAsync(LostSql, ct, ("recorded_at", recordedAt.UtcDateTime));
        await connection.ExecuteAsync(RecordSql, ct, ("recorded_at", recordedAt.UtcDateTime));
        await connection.ExecuteAsync(RecordedSql, ct);
    }
}
