using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Syncs the settings of hourly-billing with the panel's <c>server_hourly_billing_settings</c> and the keys of <c>settings</c>
/// that its settings page writes.</summary>
public sealed class BillingSettings(NpgsqlDataSource database, ILogger<BillingSettings>? logger = null)
    : PanelSettings(database, logger, Job, new(false, Schedule.Default, JobSettings.DefaultHoursPerMonth),
        PanelPlace.OfTable("server_hourly_billing_settings", hasHours: true), Keys)
{
    public const string Job = "hourly-billing";

    private const string ReadKeysSql = """
        select max(value) filter (where key = 'server_hourly_billing_enabled') as enabled,
               max(value) filter (where key = 'server_hourly_billing_cron_schedule') as schedule,
               max(value) filter (where key = 'server_hours_per_month') as hours,
               max((to_jsonb(s) ->> 'updated_at')::timestamptz) as changed_at, null::text as ids
        from public.settings s
        where key in ('server_hourly_billing_enabled', 'server_hourly_billing_cron_schedule', 'server_hours_per_month')
        having count(*) > 0
        """;

    private const string LockKeysSql = """
        select from public.settings
        where key in ('server_hourly_billing_enabled', 'server_hourly_billing_cron_schedule', 'server_hours_per_month')
            order by key for update
        """;

    private const string KeyValues = """
        (values ('server_hourly_billing_enabled', (@enabled::boolean)::text), ('server_hourly_billing_cron_schedule', @schedule::text),
                ('server_hours_per_month', (@hours_per_month::integer)::text)) as v (key, value)
        """;

    private const string Now = "clock_timestamp() at time zone 'UTC'";

    private static readonly PanelPlace Keys = new("settings.server_hourly_billing_enabled", "settings.server_hourly_billing_cron_schedule",
        "settings.server_hours_per_month", ReadKeysSql, LockKeysSql, UpdateKeysSql, InsertKeysSql);

    private static string UpdateKeysSql(IReadOnlySet<string> columns) => $"""
        update public.settings s set value = v.value{(IsDated(columns) ? $", updated_at = {Now}" : "")}
        from {KeyValues}
        where s.key = v.key and s.value <> v.value
        """;

    private static string InsertKeysSql(IReadOnlySet<string> columns) => $"""
        insert into public.settings (key, value{(IsDated(columns) ? ", updated_at" : "")})
        select v.key, v.value{(IsDated(columns) ? $", {Now}" : "")}
        from {KeyValues}
        where not exists (select from public.settings s where s.key = v.key)
        on conflict do nothing
        """;

    private static bool IsDated(IReadOnlySet<string> columns) => columns.Contains("updated_at");
}
