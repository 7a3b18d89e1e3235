namespace SkyPanel.Functions.Customers;

/// <summary>Repairs standings and suspensions after a wrong clock.</summary>
internal static class CustomerClockRepairs
{
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

    private const string PolicySql = """
        update cron_service.customer_policy set live_since = now(), observation_id = null where live_since > now() + interval '1 minute'
        """;

    public static readonly ClockRepair[] All =
        [new("customer_policy", PolicySql), new("standings", StandingsSql), new("suspensions", SuspensionsSql)];
}
