namespace SkyPanel.Functions.Backup;

/// <summary>Lists the tables of a backup: all of our schema except the journal of migrations and secrets, and the panel's tables that a
/// restored ledger needs.</summary>
public static class BackupTables
{
    /// <summary>The panel's tables, of which any may be absent.</summary>
    public static readonly string[] Panel =
    [
        "users", "package_pricing", "settings", "server_hourly_billing_settings", "virtfusion_cron_settings", "virtfusion_hourly_billing",
        "virtfusion_hourly_transactions", "transactions", "dns_billing_settings", "dns_plans", "dns_plan_subscriptions",
    ];

    // Personal data is left out: of users only the two ids are copied, with placeholders for required columns.
    private static readonly Dictionary<string, string> UserValues = new()
    {
        ["id"] = "id", ["virtfusion_id"] = "virtfusion_id", ["email"] = "'user-' || id || '@restored.invalid'",
            ["username"] = "'user-' || id", ["full_name"] = "'(restored)'",
    };

    // Only settings that hold no secret.
    private const string SettingsWhere = """
        where key in ('server_hourly_billing_enabled', 'server_hours_per_month', 'server_hourly_billing_cron_schedule',
                      'virtfusion_api_url', 'virtfusion_ssl_verify', 'virtfusion_self_service',
                      'virtfusion_self_service_hourly_credit', 'virtfusion_self_service_hourly_resource_pack_id',
                      'virtfusion_default_resource_pack_id', 'company_name')
        """;

    // A user-defined type may be missing at the restore: a domain is replaced by its base type, others by text. Generated columns of the
    // panel are copied as values. Since PostgreSQL 18 a column may be required of new rows only. Secrets and their keys are left out, as a
    // file with both would reveal them.
    private const string ColumnsSql = """
        select n.nspname::text as schema, c.relname::text as table, a.attname::text as name,
               case when y.typnamespace = 'pg_catalog'::regnamespace then format_type(y.oid, a.atttypmod)
                    when b.typnamespace = 'pg_catalog'::regnamespace then format_type(b.oid, y.typtypmod) else 'text' end as type,
               a.attnotnull and a.attgenerated = ''
                   and not exists (select from pg_constraint u where u.conrelid = c.oid and u.contype = 'n' and not u.convalidated
                       and a.attnum = any(u.conkey)) as is_required,
               coalesce(a.attnum = any(k.conkey), false) as is_key,
               case when a.attidentity <> '' then @identity when a.attgenerated = '' then pg_get_expr(d.adbin,
                   d.adrelid) end as default
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (a.attgenerated = '' or n.nspname = 'public')
        join pg_type y on y.oid = a.atttypid
        left join pg_type b on b.oid = y.typbasetype
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
        where (c.relkind in ('r', 'p') or c.relkind = 'v' and n.nspname = 'public') and not c.relispartition
          and (n.nspname = 'cron_service' and c.relname not in ('migrations', 'secrets', 'data_protection_keys') or n.nspname = 'public'
              and c.relname = any(@panel))
        order by n.nspname desc, c.relname, a.attnum
        """;

    private const string ReferencesSql = """
        select n.nspname || '.' || t.relname as from_table, m.nspname || '.' || r.relname as to_table
        from pg_constraint c
        join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
        join pg_class r on r.oid = c.confrelid join pg_namespace m on m.oid = r.relnamespace
        where c.contype = 'f' and c.conrelid <> c.confrelid and n.nspname = 'cron_service'
        """;

    /// <summary>Reads the tables without their rows, each after those that it references. The panel's tables are restored without
    /// references.</summary>
    public static async Task<List<BackupTable>> ListAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var columns = await connection.QueryAsync<TableColumn>(ColumnsSql, ct, ("panel", Panel), ("identity", BackupColumn.Identity));
        var references = (await connection.QueryAsync<Reference>(ReferencesSql, ct))
            .ToLookup(one => one.FromTable, one => one.ToTable);
        var waiting = columns.GroupBy(c => (c.Schema, c.Table)).Select(table => new BackupTable(table.Key.Schema, table.Key.Table,
            [.. table.Key == ("public", "users")
                ? table.Select(c => c.Column).Where(c => UserValues.ContainsKey(c.Name)).Select(Placeholder)
                : table.Select(c => c.Column)],
            new(0, 0, ""))).ToList();

        var ordered = new List<BackupTable>();
        while (waiting.Count > 0)
        {
            var names = waiting.Select(Name).ToHashSet();
            var next = waiting.FirstOrDefault(table => !references[Name(table)].Any(names.Contains))
                ?? throw new BackupException($"These tables refer to each other in a circle: {string.Join(", ", names)}.");
            waiting.Remove(next);
            ordered.Add(next);
        }
        return ordered;
    }

    /// <summary>Returns the COPY statement of a table's rows.</summary>
    public static string CopyOutSql(BackupTable table) => table switch
    {
        { Schema: "public", Name: "users" } =>
            $"copy (select {string.Join(", ", table.Columns.Select(column => UserValues[column.Name]))} from public.users) to stdout",
        { Schema: "public", Name: "settings" } => $"copy (select {table.SqlColumns} from {table.SqlName} {SettingsWhere}) to stdout",
        _ => $"copy (select {table.SqlColumns} from {table.SqlName}) to stdout",
    };

    // The panel's own type may be too short for the value.
    private static BackupColumn Placeholder(BackupColumn column) => UserValues[column.Name] == column.Name ? column
        : column with { Type = "text" };

    private static string Name(BackupTable table) => $"{table.Schema}.{table.Name}";

    private sealed record TableColumn(string Schema, string Table, BackupColumn Column);

    private sealed record Reference(string FromTable, string ToTable);
}
