using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Metering;

/// <summary>Segments: who pays what for a server, from a full hour on.</summary>
public static class Terms
{
    // A change that changes again before it took effect never was. A reading that is older than what is known of the server (a slow
    // reader) changes nothing: hours after it may have been charged already.
    private const string ForgetSql = """
        delete from cron_service.terms t
        using cron_service.wanted_terms w left join cron_service.uptime u on u.server_id = w.server_id and u.is_current
        where t.effective_from > @observed_at and t.server_id = w.server_id and t.effective_from > greatest(@observed_at, u.seen_until)
          and (t.account_id, t.package_id, t.price, t.price_seconds, t.is_monthly) is distinct from (w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly)
        """;

    // The first terms that are known reach back to the beginning; a change takes effect at the next full hour.
    private const string RecordSql = """
        insert into cron_service.terms (server_id, effective_from, account_id, package_id, price, price_seconds, is_monthly)
        select w.server_id,
               case when latest.id is null then '-infinity' else date_trunc('hour', greatest(@observed_at, u.seen_until), 'UTC') + interval '1 hour' end,
               w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly
        from cron_service.wanted_terms w
        left join cron_service.uptime u on u.server_id = w.server_id and u.is_current
        left join (select distinct on (server_id) * from cron_service.terms order by server_id, effective_from desc) latest on latest.server_id = w.server_id
        where latest.id is null
           or (latest.account_id, latest.package_id, latest.price, latest.price_seconds, latest.is_monthly)
              is distinct from (w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly)
        on conflict (server_id, effective_from) do nothing
        """;

    /// <summary>Opens a segment for each server whose terms differ from the latest ones, inside the caller's transaction.</summary>
    public static async Task RecordAsync(NpgsqlConnection connection, DateTimeOffset observedAt, CancellationToken ct)
    {
        await connection.ExecuteAsync(ForgetSql, ct, ("observed_at", observedAt.UtcDateTime));
        await connection.ExecuteAsync(RecordSql, ct, ("observed_at", observedAt.UtcDateTime));
    }
}
