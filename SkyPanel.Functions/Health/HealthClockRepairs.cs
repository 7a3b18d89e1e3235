namespace SkyPanel.Functions.Health;

/// <summary>Repairs the results of checks after a wrong clock.</summary>
internal static class HealthClockRepairs
{
    private const string ChecksSql = """
        update cron_service.checks set checked_at = now(), since = least(since, now()), broken_at = case when broken_at > now() then now()
            else broken_at end
        where checked_at > now() + interval '1 minute'
        """;

    public static readonly ClockRepair[] All = [new("checks", ChecksSql)];
}
