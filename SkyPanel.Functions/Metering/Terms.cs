using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Metering;

/// <summary>Segments: who pays what for a server, from a full hour on.</summary>
public static class Terms
{
    // A change that changes again before it took effect never was. Hours of which something is known may have been charged already, though
    // the clock was put back since.
    private const string ForgetSql = """
        delete from cron_service.terms t
        using cron_service.wanted_terms w left join cron_service.uptime u on u.server_id = w.server_id and u.is_current
        where t.effective_from > @recorded_at and t.server_id = w.server_id and t.effective_from > greatest(@recorded_at, u.seen_until)
          and (t.account_id, t.package_id, t.price, t.price_seconds, t.is_monthly) is distinct from
              (w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly)
        """;

    // The first terms that are known reach back to the beginning; a change takes effect at the next full hour.
    private const string RecordSql = """
        insert into cron_service.terms (server_id, effective_from, account_id, package_id, price, price_seconds, is_monthly)
        select w.server_id,
               case when latest.id is null then '-infinity' else
                    date_trunc('hour', greatest(@recorded_at, (select u.seen_until from cron_service.uptime u
                        where u.server_id = w.server_id and u.is_current)), 'UTC') + interval '1 hour' end,
               w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly
        from cron_service.wanted_terms w
        left join (select distinct on (server_id) * from cron_service.terms
            order by server_id, effective_from desc) latest on latest.server_id = w.server_id
        where latest.id is null
           or (latest.account_id, latest.package_id, latest.price, latest.price_seconds, latest.is_monthly)
              is distinct from (w.account_id, w.package_id, w.price, w.price_seconds, w.is_monthly)
        on conflict (server_id, effective_from) do nothing
        """;

    /// <summary>Opens a segment for each server whose terms differ from the latest ones, inside the caller's transaction.</summary>
    /// <param name="recordedAt">When the panel's rows were read, not when the reading of VirtFusion before it began.</param>
    public static async Task RecordAsync(NpgsqlConnection connection, DateTimeOffset recordedAt, CancellationToken ct)
    {
        await connection.ExecuteAsync(ForgetSql, ct, ("recorded_at", recordedAt.UtcDateTime));
        await connection.ExecuteAsync(RecordSql, ct, ("recorded_at", recordedAt.UtcDateTime));
    }
}
