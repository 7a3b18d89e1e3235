namespace SkyPanel.Functions.Metering;

/// <summary>Repairs terms and uptime after a wrong clock.</summary>
internal static class MeteringClockRepairs
{
    // Discards observations of the wrong clock: a server is known to have run until the last correct reading. After a change of its state
    // nothing is known until the next reading. A first observation is repeated.
    private const string IsSeenAheadSql =
        "exists (select from cron_service.observations where observed_at > now() + interval '1 minute')";

    // A change of price, package or owner takes effect at the next full hour, as if observed now; the last of several applies.
    private const string TermsSql = $"""
        select pg_advisory_xact_lock({AdvisoryLocks.Recording}) where {IsSeenAheadSql};
        delete from cron_service.terms t using cron_service.terms later, cron_service.enrolments e
        where later.server_id = t.server_id and later.effective_from > greatest(t.effective_from, now() + interval '1 hour')
          and t.effective_from > now() and e.server_id = t.server_id and e.billed_until <= now() and {IsSeenAheadSql};
        update cron_service.terms t set effective_from = date_trunc('hour', now(), 'UTC') + interval '1 hour'
        from cron_service.enrolments e
        where t.effective_from > now() + interval '1 hour' and e.server_id = t.server_id and e.billed_until <= now() and {IsSeenAheadSql}
        """;

    private const string UptimeSql = $"""
        select pg_advisory_xact_lock({AdvisoryLocks.Recording}) where {IsSeenAheadSql};
        delete from cron_service.uptime
        where evidence <> 'panel' and (started_at > now() or evidence = 'take-over' and seen_until > now()) and {IsSeenAheadSql};
        update cron_service.uptime set seen_until = greatest(started_at,
            (select max(observed_at) from cron_service.observations where observed_at <= now() and is_complete))
        where evidence <> 'panel' and seen_until > now() and {IsSeenAheadSql};
        update cron_service.enrolments set row_lost_at = now() where row_lost_at > now() and {IsSeenAheadSql};
        update cron_service.enrolments set terms_lost_at = now() where terms_lost_at > now() and {IsSeenAheadSql};
        delete from cron_service.observations where observed_at > now() + interval '1 minute'
        """;

    private const string ChargedAheadSql = "select count(*) from cron_service.enrolments where billed_until > now()";

    public static readonly ClockRepair[] All = [
        new("terms", TermsSql),
        new("uptime and observations", UptimeSql, ChargedAheadSql,
            "servers were charged for hours in the future. These are not charged again; correct those in which a server doesn't run"),
    ];
}
