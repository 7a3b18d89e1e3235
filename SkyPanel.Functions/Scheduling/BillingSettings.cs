using Microsoft.Extensions.Logging;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Scheduling;

/// <summary>The stored settings of hourly-billing, mirrored between the panel's <c>server_hourly_billing_settings</c> and the keys of
/// <c>settings</c> that its settings page writes.</summary>
public sealed class BillingSettings(NpgsqlDataSource database, ILogger<BillingSettings>? logger = null)
{
    public const string Job = "hourly-billing";
    public const int DefaultHoursPerMonth = 730;

    // The panel may hold several rows: the one changed last counts. Ids may be serial or uuid.
    private const string ReadRowSql = """
        select j ->> 'cron_enabled' as enabled, j ->> 'cron_schedule' as schedule, j ->> 'hours_per_month' as hours,
            (j ->> 'updated_at')::timestamptz as changed_at,
               jsonb_build_object('server_hourly_billing_settings.cron_enabled', concat_ws('/', place, ids),
                   'server_hourly_billing_settings.cron_schedule', place,
                   'server_hourly_billing_settings.hours_per_month', place)::text as marks
        from (select to_jsonb(s) as j from public.server_hourly_billing_settings s) as rows,
             (select concat_ws('/', 'public.server_hourly_billing_settings'::regclass::oid,
             pg_relation_filenode('public.server_hourly_billing_settings')) as place,
                     string_agg(to_jsonb(s) ->> 'id', ' ' order by to_jsonb(s) ->> 'id') as ids
                         from public.server_hourly_billing_settings s) as there
        order by changed_at desc nulls last, j ->> 'id' limit 1
        """;

    private const string LockRowSql = "select cron_enabled from public.server_hourly_billing_settings for update";

    private const string UpdateRowSql = """
        update public.server_hourly_billing_settings
        set cron_enabled = @enabled, cron_schedule = @schedule, hours_per_month = @hours_per_month, updated_at = clock_timestamp()
        where (cron_enabled, cron_schedule, hours_per_month) is distinct from (@enabled, @schedule, @hours_per_month)
        """;

    private const string InsertRowSql = """
        insert into public.server_hourly_billing_settings (cron_enabled, cron_schedule, hours_per_month)
        select @enabled, @schedule, @hours_per_month where not exists (select from public.server_hourly_billing_settings)
        """;

    private const string ReadKeysSql = """
        select max(value) filter (where key = 'server_hourly_billing_enabled') as enabled,
               max(value) filter (where key = 'server_hourly_billing_cron_schedule') as schedule,
               max(value) filter (where key = 'server_hours_per_month') as hours,
               max(updated_at)::timestamptz as changed_at,
               jsonb_object_agg('settings.' || key, concat_ws('/', 'public.settings'::regclass::oid,
                   pg_relation_filenode('public.settings')))::text as marks
        from public.settings
        where key in ('server_hourly_billing_enabled', 'server_hourly_billing_cron_schedule', 'server_hours_per_month')
        having count(*) > 0
        """;

    private const string LockKeysSql = """
        select from public.settings
        where key in ('server_hourly_billing_enabled', 'server_hourly_billing_cron_schedule', 'server_hours_per_month')
            order by key for update
        """;

    private const string UpdateKeysSql = """
        update public.settings s set value = v.value, updated_at = clock_timestamp() at time zone 'UTC'
        from (values ('server_hourly_billing_enabled', (@enabled::boolean)::text), ('server_hourly_billing_cron_schedule', @schedule::text),
                     ('server_hours_per_month', (@hours_per_month::integer)::text)) as v (key, value)
        where s.key = v.key and s.value <> v.value
        """;

    private const string InsertKeysSql = """
        insert into public.settings (key, value, updated_at)
        select v.key, v.value, clock_timestamp() at time zone 'UTC'
        from (values ('server_hourly_billing_enabled', (@enabled::boolean)::text), ('server_hourly_billing_cron_schedule', @schedule::text),
                     ('server_hours_per_month', (@hours_per_month::integer)::text)) as v (key, value)
        where not exists (select from public.settings s where s.key = v.key)
        on conflict do nothing
        """;

    private const string RunTimesSql = """
        update public.server_hourly_billing_settings set last_cron_run = coalesce(@last::timestamptz, last_cron_run),
            next_cron_run = @next::timestamptz
        """;

    private static readonly PanelPlace Row = new("server_hourly_billing_settings.cron_enabled",
        "server_hourly_billing_settings.cron_schedule",
        "server_hourly_billing_settings.hours_per_month", ReadRowSql, LockRowSql, UpdateRowSql, InsertRowSql);

    private static readonly PanelPlace Keys = new("settings.server_hourly_billing_enabled", "settings.server_hourly_billing_cron_schedule",
        "settings.server_hours_per_month", ReadKeysSql, LockKeysSql, UpdateKeysSql, InsertKeysSql);

    private readonly PanelSettings _panel = new(database, logger, Job, new(false, Schedule.Default, DefaultHoursPerMonth), Row, Keys);

    /// <summary>Reads what is stored now. What can't be read keeps its last good value, with an alert; it never stops the app.</summary>
    public Task<JobSettings> ReadAsync(CancellationToken ct) => _panel.ReadAsync(ct);

    /// <summary>Stores settings that were validated. Enabling it the first time is the take-over.</summary>
    public Task WriteAsync(NpgsqlConnection connection, SettingsChange change, CancellationToken ct) =>
        _panel.WriteAsync(connection, change, ct);

    /// <summary>Tells the panel's page when it ran and will run; <c>updated_at</c> is left alone, since that is the admin's
    /// change.</summary>
    public Task WriteRunTimesAsync(DateTimeOffset? last, DateTimeOffset? next, CancellationToken ct) =>
        Attempt.ExecuteAsync(database, RunTimesSql, ct, ("last", last?.UtcDateTime), ("next", next?.UtcDateTime));
}
