using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Dns;

/// <summary>Syncs the settings of dns-renewal with the panel's <c>dns_billing_settings</c>. The job is off, whatever the row says, until an
/// admin has enabled it over HTTP once: the panel renews by that row too.</summary>
public sealed class DnsSettings(NpgsqlDataSource database, ILogger<DnsSettings>? logger = null)
    : PanelSettings(database, logger, Job, new(false, DefaultSchedule, JobSettings.DefaultHoursPerMonth),
        PanelPlace.OfTable("dns_billing_settings", hasHours: false))
{
    public const string Job = "dns-renewal";
    public const string DefaultSchedule = "0 2 1 * *";
}
