using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Backup;

/// <summary>Which tables a backup holds: all of our schema but the journal of migrations and what is secret, and those of the panel that a restored ledger
/// needs.</summary>
public static class BackupTables
{
    /// <summary>The panel's, where they exist.</summary>
    public static readonly string[] Panel =
    [
        "users", "package_pricing", "settings", "server_hourly_billing_settings", "virtfusion_cron_settings", "virtfusion_hourly_billing",
        "virtfusion_hourly_transactions", "transactions", "dns_billing_settings", "dns_plans", "dns_plan_subscriptions",
    ];

    // People are left out: of users only the two ids, with stand-ins for what may not be null.
    private const string UsersSql = """
        select id, 'user-' || id || '@restored.invalid' as email, 'user-' || id as username, '(restored)' as full_name, virtfusion_id from public.users
        """;

    // Only settings that are known to hold no secret: tokens, webhooks and passwords are the panel's to keep.
    private const string SettingsWhere = """
        where key in ('server_hourly_billing_enabled', 'server_hours_per_month', 'server_hourly_billing_cron_schedule', 'virtfusion_api_url', 'virtfusion_ssl_verify',
                      'virtfusion_self_service', 'virtfusion_self_service_hourly_credit', 'virtfusion_self_service_hourly_resource_pack_id',
                      'virtfusion_default_resource_pack_id', 'company_name')
        """;

    private static readonly string[] UserColumns = ["id", "email", "username", "full_name", "virtfusion_id"];

    // Secrets are encrypted with a key that may lie beside them: a file that had both would tell them.
    private const string ColumnsSql = """
        select n.nspname::text, c.relname::text, a.attname::text,
               case when y.typnamespace = 'pg_catalog'::regnamespace then format_type(a.atttypid, a.atttypmod) else 'text' end,
               a.attnotnull, coalesce(a.attnum = any(k.conkey), false), pg_get_expr(d.adbin, d.adrelid) as default_value
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        join pg_type y on y.oid = a.atttypid
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
        where c.relkind in ('r', 'p') and not c.relispartition
          and (n.nspname = 'cron_service' and c.relname not in ('migrations', 'secrets', 'data_protection_keys') or n.nspname = 'public' and c.relname = any(@panel))
        order by n.nspname desc, c.relname, a.attnum
        """;

    private const string ReferencesSql = """
        select n.nspname || '.' || t.relname, m.nspname || '.' || r.relname
        from pg_constraint c
        join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
        join pg_class r on r.oid = c.confrelid join pg_namespace m on m.oid = r.relnamespace
        where c.contype = 'f' and c.conrelid <> c.confrelid
        """;

    /// <summary>Reads them, each after those that it refers to, without their rows.</summary>
    public static async Task<List<BackupTable>> ListAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var columns = await connection.QueryAsync(ColumnsSql, row => (Schema: row.GetString(0), Table: row.GetString(1),
            Column: new BackupColumn(row.GetString(2), row.GetString(3), row.GetBoolean(4), row.GetBoolean(5), row.Nullable<string>("default_value"))), ct, ("panel", Panel));
        var references = (await connection.QueryAsync(ReferencesSql, row => (From: row.GetString(0), To: row.GetString(1)), ct)).ToLookup(r => r.From, r => r.To);
        var waiting = columns.GroupBy(c => (c.Schema, c.Table)).Select(table => new BackupTable(table.Key.Schema, table.Key.Table,
            [.. table.Select(c => c.Column).Where(c => table.Key != ("public", "users") || UserColumns.Contains(c.Name))], new(0, 0, ""))).ToList();

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

    /// <summary>COPY of the rows that a backup holds of a table.</summary>
    public static string CopyOutSql(BackupTable table) => table switch
    {
        { Schema: "public", Name: "users" } => $"copy (select {table.SqlColumns} from ({UsersSql}) as users) to stdout",
        { Schema: "public", Name: "settings" } => $"copy (select {table.SqlColumns} from {table.SqlName} {SettingsWhere}) to stdout",
        _ => $"copy (select {table.SqlColumns} from {table.SqlName}) to stdout",
    };

    private static string Name(BackupTable table) => $"{table.Schema}.{table.Name}";
}
