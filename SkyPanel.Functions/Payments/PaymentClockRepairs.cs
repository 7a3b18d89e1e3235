namespace SkyPanel.Functions.Payments;

/// <summary>Repairs top-ups after a wrong clock.</summary>
internal static class PaymentClockRepairs
{
    // Waits are a week at most. Top-ups that are only looked at when woken are repaired once they are.
    private const string TopUpsSql = """
        update cron_service.top_ups
        set next_look_at = least(next_look_at, now()), claimed_until = least(claimed_until, now()), looked_at = least(looked_at, now()),
            woken_at = least(woken_at, now()), approved_at = least(approved_at, now()), declined_at = least(declined_at, now())
        where next_look_at < 'infinity' and (next_look_at > now() + interval '8 days' or claimed_until > now() + interval '5 minutes'
            or greatest(looked_at, woken_at, approved_at, declined_at) > now() + interval '1 minute')
        """;

    private const string SweepSql = """
        update cron_service.dispute_sweep set swept_at = least(swept_at, now()), updated_until = least(updated_until, now())
        where greatest(swept_at, updated_until) > now() + interval '1 minute'
        """;

    public static readonly ClockRepair[] All = [new("top_ups", TopUpsSql), new("dispute_sweep", SweepSql)];
}
