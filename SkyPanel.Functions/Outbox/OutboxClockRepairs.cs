namespace SkyPanel.Functions.Outbox;

/// <summary>Repairs messages after a wrong clock.</summary>
internal static class OutboxClockRepairs
{
    // Back-off is less than three hours, a claim a minute.
    private const string OutboxSql = """
        update cron_service.outbox
        set next_attempt_at = case when next_attempt_at > now() + interval '3 hours' then now() else next_attempt_at end,
            claimed_until = case when claimed_until > now() + interval '2 minutes' then now() + interval '1 minute' else claimed_until end
        where state = 'pending' and (next_attempt_at > now() + interval '3 hours' or claimed_until > now() + interval '2 minutes')
        """;

    public static readonly ClockRepair[] All = [new("outbox", OutboxSql)];
}
