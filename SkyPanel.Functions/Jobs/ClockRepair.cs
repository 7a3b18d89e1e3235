using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Jobs;

/// <summary>Moves back instants stored while the database's clock was ahead, once the clock is correct. Otherwise an instant further ahead
/// than the app ever writes would block its row until then. docs/administration.md lists them under "Clocks".</summary>
public sealed class ClockRepair(NpgsqlDataSource database, ILogger<ClockRepair> logger)
{
    // Frees the occurrences of hours that are still in the future.
    private const string RunsSql = """
        update cron_service.runs
        set scheduled_for = null, started_at = now(), finished_at = case when finished_at > now() then now() else finished_at end,
            retry_at = case when retry_at > now() then now() else retry_at end,
            message = concat_ws('; ', message, 'the database''s clock was ahead: it said ' || to_char(started_at, 'YYYY-MM-DD HH24:MI:SS')
                || ' UTC')
        where started_at > now() + interval '1 minute'
        """;

    private const string RetriesSql = """
        update cron_service.runs set retry_at = now(), finished_at = case when finished_at > now() then now() else finished_at end
        where status in ('failed', 'cancelled', 'abandoned') and started_at > now() - interval '7 days'
            and retry_at > now() + interval '90 minutes'
        """;

    private const string JobsSql = """
        update cron_service.jobs
        set enabled_at = case when enabled_at > now() then now() else enabled_at end,
            schedule_changed_at = case when schedule_changed_at > now() then now() else schedule_changed_at end,
            taken_over_at = case when taken_over_at > now() then now() else taken_over_at end,
            seen_at = case when seen_at > now() then now() else seen_at end
        where greatest(enabled_at, schedule_changed_at, taken_over_at, seen_at) > now() + interval '1 minute'
        """;

    // Back-off is an hour at most. A claim is a minute: its sender measures the time itself and may still be sending.
    private const string DebitsSql = """
        update cron_service.debits
        set next_attempt_at = case when next_attempt_at > now() + interval '2 hours' then now() else next_attempt_at end,
            last_attempt_at = case when last_attempt_at > now() then now() else last_attempt_at end,
            deadline = case when deadline > now() + interval '2 minutes' then now() + interval '1 minute' else deadline end
        where state in ('pending', 'sending', 'in_doubt')
          and (next_attempt_at > now() + interval '2 hours' or last_attempt_at > now() + interval '1 minute'
              or deadline > now() + interval '2 minutes')
        """;

    // Back-off is less than three hours, a claim a minute.
    private const string OutboxSql = """
        update cron_service.outbox
        set next_attempt_at = case when next_attempt_at > now() + interval '3 hours' then now() else next_attempt_at end,
            claimed_until = case when claimed_until > now() + interval '2 minutes' then now() + interval '1 minute' else claimed_until end
        where state = 'pending' and (next_attempt_at > now() + interval '3 hours' or claimed_until > now() + interval '2 minutes')
        """;

    private const string ChecksSql = """
        update cron_service.checks set checked_at = now(), since = least(since, now()), broken_at = case when broken_at > now() then now()
            else broken_at end
        where checked_at > now() + interval '1 minute'
        """;

    private const string GracesSql = """
        update cron_service.dns_graces set insufficient_since = least(insufficient_since, now()), suspended_at = case
            when suspended_at > now() then now() else suspended_at end
        where greatest(insufficient_since, suspended_at) > now() + interval '1 minute'
        """;

    // Without the time of a reading the debits since then are unknown, and so is the balance until the next reading.
    private const string ReadingsSql = "delete from cron_service.wallet_readings where read_at > now() + interval '1 minute'";

    private const string StandingsSql = """
        update cron_service.standings set below_since = least(below_since, now()), overdue_since = least(overdue_since, now())
        where state <> 'ok' and greatest(below_since, overdue_since) > now() + interval '1 minute'
        """;

    private const string SuspensionsSql = """
        update cron_service.suspensions
        set next_look_at = least(next_look_at, now()), claimed_until = least(claimed_until, now()), sent_at = least(sent_at, now()),
            suspended_at = least(suspended_at, now()), resume_ordered_at = least(resume_ordered_at, now())
        where state in ('ordered', 'suspended', 'resuming')
            and greatest(next_look_at, claimed_until, sent_at, suspended_at) > now() + interval '5 minutes'
        """;

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
        delete from cron_service.observations where observed_at > now() + interval '1 minute'
        """;

    private const string ChargedAheadSql = "select count(*) from cron_service.enrolments where billed_until > now()";

    private static readonly (string Table, string Sql)[] Repairs =
    [
        ("runs", RunsSql), ("runs that are run again", RetriesSql), ("jobs", JobsSql), ("debits", DebitsSql), ("outbox", OutboxSql),
        ("checks", ChecksSql),
        ("dns_graces", GracesSql), ("wallet_readings", ReadingsSql), ("standings", StandingsSql), ("suspensions", SuspensionsSql),
        ("terms", TermsSql),
    ];

    /// <summary>Repairs all tables. Finds nothing if the clock was never ahead; uses indexes except for the readings of wallets.</summary>
    public async Task MendAsync(CancellationToken ct)
    {
        foreach (var (table, sql) in Repairs)
            await MendAsync(table, sql, ct);
        if (await MendAsync("uptime and observations", UptimeSql, ct) > 0
            && (await database.QueryAsync(ChargedAheadSql, row => row.GetInt64(0), ct))[0] is > 0 and var servers)
            logger.LogWarning("{Servers} servers were charged for hours that are yet to come. They are not charged again; correct " +
                "those in which a server doesn't run", servers);
    }

    private async Task<int> MendAsync(string table, string sql, CancellationToken ct)
    {
        var rows = await database.ExecuteAsync(sql, ct);
        if (rows > 0)
            logger.LogWarning("The database's clock was ahead: {Rows} rows of {Table} had instants that are yet to come, and were " +
                "moved back", rows, table);
        return rows;
    }
}
