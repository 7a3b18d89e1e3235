namespace SkyPanel.Functions.Dns;

/// <summary>Repairs grace periods after a wrong clock.</summary>
internal static class DnsClockRepairs
{
    private const string GracesSql = """
        update cron_service.dns_graces set insufficient_since = least(insufficient_since, now()), suspended_at = case
            when suspended_at > now() then now() else suspended_at end
        where greatest(insufficient_since, suspended_at) > now() + interval '1 minute'
        """;

    public static readonly ClockRepair[] All = [new("dns_graces", GracesSql)];
}
