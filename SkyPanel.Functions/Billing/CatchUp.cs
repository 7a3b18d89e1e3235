using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Billing;

/// <summary>The bound of a server: hours older than <see cref="BillingOptions.MaxCatchUp"/> are held for a person.</summary>
public sealed class CatchUp(IOptions<BillingOptions> options)
{
    // The amount is what the hours cost at the latest terms before the monthly cap: enough to decide by.
    private const string HoldSql = """
        with late as materialized (
            select e.server_id, e.billed_from, e.billed_until as from_hour, d.until_hour
            from cron_service.enrolments e
            join cron_service.uptime u on u.server_id = e.server_id and u.is_current
            cross join lateral (select date_trunc('hour', least(@hold_before, u.seen_until), 'UTC') as until_hour) d
            where e.problem is null and e.billed_until < d.until_hour
              and exists (select from cron_service.terms t where t.server_id = e.server_id)
              and not exists (select from cron_service.holds h
                              where h.state in ('open', 'approved') and (h.scope = 'run' or h.scope = 'account' and exists (
                                  select from cron_service.terms t where t.server_id = e.server_id and t.account_id = h.account_id
                                    and not exists (select from cron_service.terms n where n.server_id = t.server_id
                                                    and n.effective_from > t.effective_from and n.effective_from <= e.billed_until))))
        ), moved as (
            update cron_service.enrolments e set billed_until = l.until_hour from late l where l.server_id = e.server_id
        ), billable as (
            select l.server_id, min(h.hour_start) as from_hour, max(h.hour_start) + interval '1 hour' as until_hour, count(distinct h.hour_start)::integer as hours,
                   sum(extract(epoch from least(s.seen_until, h.hour_start + interval '1 hour') - greatest(s.started_at, l.billed_from, h.hour_start))) as seconds
            from late l
            join cron_service.uptime s on s.server_id = l.server_id and s.is_billable and s.seen_until > l.from_hour and s.started_at < l.until_hour
            cross join lateral generate_series(
                date_trunc('hour', greatest(s.started_at, l.billed_from, l.from_hour), 'UTC'),
                least(s.seen_until, l.until_hour) - interval '1 microsecond', interval '1 hour') as h(hour_start)
            where s.seen_until > greatest(s.started_at, l.billed_from)
            group by l.server_id
        )
        insert into cron_service.holds (scope, server_id, from_hour, until_hour, hours, amount, reason, opened_by_run_id)
        select 'server', b.server_id, b.from_hour, b.until_hour, b.hours, cron_service.round6(t.price * b.seconds / t.price_seconds),
               'older than Billing:MaxCatchUp ' || @max_catch_up, @run_id
        from billable b
        cross join lateral (select * from cron_service.terms t where t.server_id = b.server_id order by t.effective_from desc limit 1) t
        returning server_id, hours, amount, id
        """;

    /// <summary>Moves each server's billed-until over hours that are too old, and holds those that were billable. Under <see cref="ChargeLocks"/>.</summary>
    /// <returns>A line for each server with hours held.</returns>
    public Task<List<HeldLine>> HoldAsync(NpgsqlConnection connection, long runId, DateTimeOffset cutoff, bool isDryRun, CancellationToken ct) =>
        connection.QueryAsync(HoldSql, row => HeldLine.Of(row.GetInt32(0),
                $"{row.GetInt32(1)} hours older than {options.Value.MaxCatchUp}", "are", $" ({row.GetDecimal(2)} before the cap)", row.GetInt64(3), isDryRun), ct,
            ("run_id", runId), ("hold_before", cutoff.UtcDateTime - options.Value.MaxCatchUp), ("max_catch_up", options.Value.MaxCatchUp.ToString()));
}

/// <summary>What a run held, and why.</summary>
/// <param name="ServerId">Null for an account or the whole run.</param>
public sealed record HeldLine(int? ServerId, string Message)
{
    /// <param name="isDryRun">Then nothing is held, and the hold goes with the run: there is none to decide about.</param>
    public static HeldLine Of(int? serverId, string what, string isOrAre, string why, long holdId, bool isDryRun) =>
        new(serverId, isDryRun ? $"{what} would be held{why}" : $"{what} {isOrAre} held{why}: approve or reject hold {holdId}");
}
