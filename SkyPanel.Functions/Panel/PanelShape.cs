namespace SkyPanel.Functions.Panel;

/// <summary>Compares the panel's tables with the columns that this app uses. Billing needs two tables; the others may be absent.</summary>
public static class PanelShape
{
    // By pg_type.typcategory: N number, S text, B boolean, D time; * any. An enum counts as a text.
    private const string CompareSql = """
        select w.table_name, case when c.oid is null then null else w.column_name end as column_name, w.kind,
               case when a.attnum is not null then format_type(a.atttypid, a.atttypmod) end as type
        from unnest(@tables, @columns, @kinds) with ordinality as w (table_name, column_name, kind, position)
        left join pg_catalog.pg_class c on c.oid = to_regclass('public.' || quote_ident(w.table_name))
            and c.relkind in ('r', 'p', 'v', 'm', 'f')
        left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = trim(w.column_name, '?') and a.attnum > 0
            and not a.attisdropped
        left join pg_catalog.pg_type t on t.oid = a.atttypid
        where case when a.attnum is null then c.oid is null or w.column_name not like '%?'
                   else w.kind <> '*' and t.typcategory::text <> w.kind and not (w.kind = 'S' and t.typcategory = 'E') end
        order by w.position
        """;

    private const string HiddenSql = """
        select t.name from unnest(@tables) as t (name)
        where to_regclass('public.' || quote_ident(t.name)) is not null
            and row_security_active(to_regclass('public.' || quote_ident(t.name))::oid)
        """;

    // A column with '?' may be absent.
    private static readonly (string Table, string Columns)[] Wanted =
    [
        ("users", "id:N virtfusion_id:N"),
        ("virtfusion_hourly_billing",
            "id:* user_id:N virtfusion_server_id:N package_id:N monthly_price:N hourly_rate:N hours_in_month:N billing_enabled:B " +
            "last_billed_at:D server_created_at?:D created_at:D"),
        ("settings", "key:S value:S"),
        ("package_pricing", "virtfusion_package_id:N price:N"),
        ("server_hourly_billing_settings", "cron_enabled:B cron_schedule?:S hours_per_month?:N"),
        ("dns_billing_settings", "cron_enabled:B cron_schedule?:S"),
        ("virtfusion_hourly_transactions", "id:* server_id:N amount_charged:N"),
        ("transactions", "id:* user_id:N amount:N type:S"),
        ("virtfusion_cron_settings", "id:*"),
        ("notifications", "user_id:N title:S message:S type?:S read?:B link?:S created_at?:D"),
        ("dns_plans", "id:*"),
        ("dns_plan_subscriptions", "id:*"),
    ];

    private static readonly string[] Required = ["users", "virtfusion_hourly_billing"];

    private static readonly Dictionary<string, string> Kinds = new() { ["N"] = "a number", ["S"] = "a text", ["B"] = "a boolean",
        ["D"] = "a time" };

    /// <summary>Lists tables and columns that are absent or differ, and tables whose row-level security hides rows from this app.</summary>
    public static async Task<PanelShapeReport> CompareAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var wanted = Wanted.SelectMany(table => table.Columns.Split(' '),
            (table, column) => (table.Table, Column: column.Split(':')[0], Kind: column.Split(':')[1])).ToList();
        var found = await database.QueryAsync(CompareSql,
            row => (Table: row.Get<string>("table_name"), Column: row.Nullable<string>("column_name"), Kind: row.Get<string>("kind"),
                Type: row.Nullable<string>("type")), ct,
            ("tables", wanted.Select(w => w.Table).ToArray()), ("columns", wanted.Select(w => w.Column).ToArray()),
                ("kinds", wanted.Select(w => w.Kind).ToArray()));
        var hidden = await database.QueryAsync<string>(HiddenSql, ct, ("tables", Wanted.Select(table => table.Table).ToArray()));
        var wrong = found.Where(one => one.Column is not null).Select(one => (one.Table, Problem: one.Type is null
                ? $"public.{one.Table} has no column {one.Column}"
                    : $"public.{one.Table}.{one.Column!.TrimEnd('?')} is {one.Type}, and {Kinds[one.Kind]} is needed"))
            .Concat(hidden.Select(table =>
                (Table: table, Problem: $"row-level security hides rows of public.{table}: give the app's role BYPASSRLS"))).ToList();
        return new(
            [.. found.Where(one => one.Column is null).Select(one => one.Table).Distinct()],
            [.. wrong.Where(one => Required.Contains(one.Table)).Select(one => one.Problem)],
            [.. wrong.Where(one => !Required.Contains(one.Table)).Select(one => one.Problem)]);
    }

    /// <summary>Whether billing needs a table.</summary>
    public static bool IsRequired(string table) => Required.Contains(table);
}

/// <summary>The differences between the panel's tables and the columns that this app uses.</summary>
/// <param name="Absent">Names of tables.</param>
/// <param name="Wrong">Differences in tables that billing needs: they stop it.</param>
/// <param name="Foreign">Differences in optional tables: such a table is not used.</param>
public sealed record PanelShapeReport(IReadOnlyList<string> Absent, IReadOnlyList<string> Wrong, IReadOnlyList<string> Foreign)
{
    /// <summary>The absent tables that billing needs.</summary>
    public IReadOnlyList<string> Missing { get; } = [.. Absent.Where(PanelShape.IsRequired)];
}
