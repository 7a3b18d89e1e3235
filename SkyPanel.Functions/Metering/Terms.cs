using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Metering;

/// <summary>Segments: who pays what for a server, from a full hour on.</summary>
public static class Terms
{
    // The first terms that are known reach back to the beginning; a change takes effect at the next full hour, and one that
    // changes again before it took effect is replaced.
    private const string RecordSql = """
        insert into cron_service.terms as t (server_id, effective_from, account_id, package_id, price, price_seconds, is_monthly)
        select e.server_id,
               case when latest.id is null then '-infinity' else date_trunc('hour', @observed_at, 'UTC') + interval '1 hour' end,
               a.id, e.package_id, coalesce(e.monthly_price, e.hourly_rate),
               case when e.monthly_price is null then 3600 else 3600 * e.basis_hours end, e.monthly_price is not null
        from cron_service.enrolments e
        join cron_service.accounts a on a.user_id = e.user_id
        left join lateral (select * from cron_service.terms l where l.server_id = e.server_id order by l.effective_from desc limit 1) latest on true
        where e.problem is null and e.enrolment_id is not null
          and (latest.id is null or (latest.account_id, latest.package_id, latest.price, latest.price_seconds, latest.is_monthly)
               is distinct from (a.id, e.package_id, coalesce(e.monthly_price, e.hourly_rate),
                   case when e.monthly_price is null then 3600 else 3600 * e.basis_hours end, e.monthly_price is not null))
        on conflict (server_id, effective_from) do update
            set (account_id, package_id, price, price_seconds, is_monthly, recorded_at) =
                (excluded.account_id, excluded.package_id, excluded.price, excluded.price_seconds, excluded.is_monthly, now())
            where t.effective_from > @observed_at
        """;

    /// <summary>Opens a segment for each server whose terms differ from the latest ones, inside the caller's transaction.</summary>
    public static Task<int> RecordAsync(NpgsqlConnection connection, DateTimeOffset observedAt, CancellationToken ct) =>
        connection.ExecuteAsync(RecordSql, ct, ("observed_at", observedAt.UtcDateTime));
}
