using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Scheduling;

/// <summary>The stored settings of dns-renewal in the panel's <c>dns_billing_settings</c>. As with hourly-billing it is off, whatever the
/// row says, until an admin has enabled it over HTTP once: the panel renews by that row too.</summary>
public sealed class DnsSettings(NpgsqlDataSource database, ILogger<DnsSettings>? logger = null)
{
    public const string Job = "dns-renewal";
    public const string DefaultSchedule = "0 2 1 * *";

    private const string ReadSql = """
        select j ->> 'cron_enabled' as enabled, j ->> 'cron_schedule' as schedule, null::text as hours,
            (j ->> 'updated_at')::timestamptz as changed_at,
               jsonb_build_object('dns_billing_settings.cron_enabled', concat_ws('/', place, ids), 'dns_billing_settings.cron_schedule',
                   place)::text as marks
        from (select to_jsonb(s) as j from public.dns_billing_settings s) as rows,
             (select concat_ws('/', 'public.dns_billing_settings'::regclass::oid,
             pg_relation_filenode('public.dns_billing_settings')) as place,
                     string_agg(to_jsonb(s) ->> 'id', ' ' order by to_jsonb(s) ->> 'id') as ids from public.dns_billing_settings s) as there
        order by changed_at desc nulls last, j ->> 'id' limit 1
        """;

    private const string LockSql = "select cron_enabled from public.dns_billing_settings for update";

    private const string UpdateSql = """
        update public.dns_billing_settings set cron_enabled = @enabled, cron_schedule = @schedule, updated_at = clock_timestamp()
        where (cron_enabled, cron_schedule) is distinct from (@enabled, @schedule)
        """;

    private const string InsertSql = """
        insert into public.dns_billing_settings (cron_enabled, cron_schedule)
        select @enabled, @schedule where not exists (select from public.dns_billing_settings)
        """;

    private const string RunTimesSql = """
        update public.dns_billing_settings set last_cron_run = coalesce(@last::timestamptz, last_cron_run),
            next_cron_run = @next::timestamptz
        """;

    private readonly PanelSettings _panel = new(database, logger, Job, new(false, DefaultSchedule, BillingSettings.DefaultHoursPerMonth),
        new PanelPlace("dns_billing_settings.cron_enabled", "dns_billing_settings.cron_schedule", null, ReadSql, LockSql, UpdateSql,
            InsertSql));

    /// <summary>Reads what is stored now. What can't be read keeps its last good value, with an alert; it never stops the app.</summary>
    public Task<JobSettings> ReadAsync(CancellationToken ct) => _panel.ReadAsync(ct);

    /// <summary>Stores settings that were validated; its hours per month mean nothing. Enabling it the first time is the
    /// take-over.</summary>
    public Task WriteAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        _panel.WriteAsync(connection, change, ct);

    /// <summary>Tells the panel's page when it ran and will run; <c>updated_at</c> is left alone, since that is the admin's
    /// change.</summary>
    public Task WriteRunTimesAsync(DateTimeOffset? last, DateTimeOffset? next, CancellationToken ct) =>
        Attempt.ExecuteAsync(database, RunTimesSql, ct, ("last", last?.UtcDateTime), ("next", next?.UtcDateTime));
}
