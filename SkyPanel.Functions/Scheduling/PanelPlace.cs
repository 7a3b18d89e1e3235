namespace SkyPanel.Functions.Scheduling;

/// <summary>A place in the panel's tables that has a job's settings.</summary>
/// <param name="EnabledName">The field's name in alerts, as <c>server_hourly_billing_settings.cron_enabled</c>; so with the others.</param>
/// <param name="HoursName">Null where the place has no hours per month.</param>
/// <param name="ReadSql">One row, or none without settings: enabled, schedule, hours and ids (texts, null when absent), changed_at.</param>
/// <param name="LockSql">Locks the rows against changes until the copy is written.</param>
/// <param name="UpdateSql">Writes the values that differ, of the columns that the table has. Parameters: enabled, schedule,
/// hours_per_month.</param>
/// <param name="InsertSql">Adds what is absent, likewise.</param>
public sealed record PanelPlace(
    string EnabledName, string ScheduleName, string? HoursName, string ReadSql, string LockSql,
    Func<IReadOnlySet<string>, string> UpdateSql, Func<IReadOnlySet<string>, string> InsertSql)
{
    private static readonly (string Column, string Value)[] Fields =
    [
        ("cron_enabled", "@enabled"), ("cron_schedule", "@schedule"), ("hours_per_month", "@hours_per_month"),
        ("updated_at", "clock_timestamp()"),
    ];

    public string Name => ScheduleName[..ScheduleName.IndexOf('.', StringComparison.Ordinal)];

    public string Table => $"public.{Name}";

    /// <summary>Reads the settings, and a mark that changes when the table is recreated or emptied.</summary>
    public string MarkedReadSql =>
        $"select r.*, concat_ws('/', '{Table}'::regclass::oid, pg_relation_filenode('{Table}')) as mark from ({ReadSql}) as r";

    /// <summary>Describes a table with one row of settings. If it holds several, the one changed last counts. Ids may be serial or
    /// uuid.</summary>
    public static PanelPlace OfTable(string table, bool hasHours)
    {
        var hours = hasHours ? "j ->> 'hours_per_month'" : "null::text";
        return new($"{table}.cron_enabled", $"{table}.cron_schedule", hasHours ? $"{table}.hours_per_month" : null,
            $"""
            select j ->> 'cron_enabled' as enabled, j ->> 'cron_schedule' as schedule, {hours} as hours,
                (j ->> 'updated_at')::timestamptz as changed_at,
                (select string_agg(to_jsonb(s) ->> 'id', ' ' order by to_jsonb(s) ->> 'id') from public.{table} s) as ids
            from (select to_jsonb(s) as j from public.{table} s) as rows
            order by changed_at desc nulls last, j ->> 'id' limit 1
            """,
            $"select cron_enabled from public.{table} for update",
            columns => $"""
            update public.{table} set {string.Join(", ", Present(columns).Select(field => $"{field.Column} = {field.Value}"))}
            where {string.Join(" or ", Present(columns).Where(field => field.Value[0] == '@')
                .Select(field => $"{field.Column} is distinct from {field.Value}"))}
            """,
            columns => $"""
            insert into public.{table} ({string.Join(", ", Present(columns).Select(field => field.Column))})
            select {string.Join(", ", Present(columns).Select(field => field.Value))} where not exists (select from public.{table})
            """);
    }

    private static IEnumerable<(string Column, string Value)> Present(IReadOnlySet<string> columns) =>
        Fields.Where(field => columns.Contains(field.Column));
}

/// <summary>A job's settings as the panel's tables can hold them.</summary>
/// <param name="HoursPerMonth">1 to 744.</param>
public sealed record SettingsCopy(bool Enabled, string Schedule, int HoursPerMonth);
