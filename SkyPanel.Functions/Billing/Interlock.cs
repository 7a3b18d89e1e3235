using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Metering;

namespace SkyPanel.Functions.Billing;

/// <summary>Watches for the panel's own billing engine: while that is at work we bill nothing, or customers would pay twice.</summary>
/// <remarks>Each sign is compared with its last reading, never with a time of ours: the panel's clock, its zone and what it did before the
/// take-over can't trip it. A sign that was seen stays until an admin enables hourly-billing again: hours that the other engine
/// took must be looked at first.</remarks>
public sealed class Interlock(NpgsqlDataSource database, NativeUsage nativeUsage, IOptions<BillingOptions> options)
{
    private const string TablesSql = """
        select c.relname::text, coalesce(format_type(a.atttypid, null) = 'uuid', false)
        from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attname = 'id'
        where c.relnamespace = 'public'::regnamespace and c.relname in ('virtfusion_cron_settings', 'virtfusion_hourly_transactions', 'transactions')
        """;

    // The row with the highest id is the one in force.
    private const string CronSettingsSql = """
        select coalesce((j ->> 'enabled')::boolean, false), coalesce(j ->> 'last_hourly_billing', 'never')
        from (select to_jsonb(s) as j from public.virtfusion_cron_settings s order by s.id desc limit 1) as latest
        """;

    // Ids grow, so a row that is not ours and is newer than the last reading is somebody else's.
    private const string HourlyTransactionsSql = """
        select coalesce(max(t.id), @reading)::bigint, count(*) filter (where p.row_id is null)
        from public.virtfusion_hourly_transactions t
        left join cron_service.panel_rows p on p.table_name = 'virtfusion_hourly_transactions' and p.row_id = t.id::text
        where t.id > @reading
        """;

    private const string TransactionsSql = """
        select coalesce(max(t.id), @reading)::bigint, count(*) filter (where p.row_id is null and t.type = 'server_hourly_billing')
        from public.transactions t
        left join cron_service.panel_rows p on p.table_name = 'transactions' and p.row_id = t.id::text
        where t.id > @reading
        """;

    // Uuids don't grow: there the reading is how many rows are somebody else's.
    private const string HourlyTransactionsByCountSql = """
        select count(*), greatest(count(*) - @reading, 0)
        from public.virtfusion_hourly_transactions t
        where not exists (select from cron_service.panel_rows p where p.table_name = 'virtfusion_hourly_transactions' and p.row_id = t.id::text)
        """;

    private const string TransactionsByCountSql = """
        select count(*), greatest(count(*) - @reading, 0)
        from public.transactions t
        where t.type = 'server_hourly_billing'
          and not exists (select from cron_service.panel_rows p where p.table_name = 'transactions' and p.row_id = t.id::text)
        """;

    private const string ReadingSql = "select reading from cron_service.interlock where signal = @signal";

    private const string StoreSql = """
        insert into cron_service.interlock as i (signal, reading, changed_at, message)
        values (@signal, @reading::text, case when @message::text is null then null else now() end, @message::text)
        on conflict (signal) do update set reading = excluded.reading,
            changed_at = coalesce(i.changed_at, excluded.changed_at), message = coalesce(i.message, excluded.message)
        """;

    private const string TrippedSql = """
        select message from (
            select changed_at, message from cron_service.interlock where changed_at is not null
            union all
            select grew_at, 'VirtFusion''s own hourly billing counts for user ' || user_id || ' (' || tokens || ' tokens this month)' from cron_service.native_usage where grew_at is not null
        ) as signs order by changed_at limit 1
        """;

    private const string ForgetSql = "delete from cron_service.interlock; delete from cron_service.native_usage";
    private const string TakenOverSql = "select taken_over_at is not null from cron_service.jobs where job = 'hourly-billing'";

    /// <summary>The sign that was seen first and stands, in words; null when none does. Reads no sign anew.</summary>
    public static async Task<string?> StandingAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync(TrippedSql, row => row.GetString(0), ct)).FirstOrDefault();

    /// <summary>Takes a reading of every sign and compares it with the one before.</summary>
    /// <returns>Why nothing may be billed now, in words for an admin; null when billing is free.</returns>
    public async Task<string?> ReadAsync(CancellationToken ct)
    {
        await nativeUsage.ReadAsync(ct);
        return await ReadAsync(forget: false, ct);
    }

    /// <summary>Takes the readings that later ones are compared with, at a take-over: what was there before never counts.</summary>
    public async Task ForgetAsync(CancellationToken ct)
    {
        await ReadAsync(forget: true, ct);
        await nativeUsage.ReadAsync(ct);
    }

    private async Task<string?> ReadAsync(bool forget, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        if (forget)
            await connection.ExecuteAsync(ForgetSql, ct);

        var isTakenOver = forget || (await connection.QueryAsync(TakenOverSql, row => row.GetBoolean(0), ct)).FirstOrDefault();
        var hasUuids = (await connection.QueryAsync(TablesSql, row => (Table: row.GetString(0), HasUuids: row.GetBoolean(1)), ct)).ToDictionary(t => t.Table, t => t.HasUuids);
        string? enabled = null;
        if (hasUuids.ContainsKey("virtfusion_cron_settings"))
        {
            // A table of another shape isn't the panel's engine's.
            var settings = (await Attempt.TryAsync(connection, () =>
                connection.QueryAsync(CronSettingsSql, row => (IsEnabled: row.GetBoolean(0), Last: row.GetString(1)), ct), ct)).Result ?? [];
            if (settings is [{ IsEnabled: true }])
                enabled = "the panel's own billing engine is switched on (virtfusion_cron_settings.enabled): switch it off there";
            if (isTakenOver && settings.Count == 1)
                await CompareAsync(connection, "last_hourly_billing", settings[0].Last, (before, now) =>
                    before == now ? null : $"the panel's own engine billed (virtfusion_cron_settings.last_hourly_billing went from {before} to {now})", ct);
        }
        if (isTakenOver && hasUuids.TryGetValue("virtfusion_hourly_transactions", out var byCount))
            await CompareRowsAsync(connection, "virtfusion_hourly_transactions", byCount ? HourlyTransactionsByCountSql : HourlyTransactionsSql, ct);
        if (isTakenOver && hasUuids.TryGetValue("transactions", out byCount))
            await CompareRowsAsync(connection, "transactions", byCount ? TransactionsByCountSql : TransactionsSql, ct);
        var standing = isTakenOver ? await StandingAsync(connection, ct) : null;
        await transaction.CommitAsync(ct);

        return !options.Value.IsInterlockOn ? null
            : enabled ?? (standing is null ? null : $"{standing}: look at what it took, switch it off, then enable hourly-billing again");
    }

    private static async Task CompareAsync(
        NpgsqlConnection connection, string signal, string reading, Func<string, string, string?> compare, CancellationToken ct)
    {
        var before = await connection.QueryAsync(ReadingSql, row => row.GetString(0), ct, ("signal", signal));
        await connection.ExecuteAsync(StoreSql, ct, ("signal", signal), ("reading", reading), ("message", before is [var b] ? compare(b, reading) : null));
    }

    private static async Task CompareRowsAsync(NpgsqlConnection connection, string table, string sql, CancellationToken ct)
    {
        var before = await connection.QueryAsync(ReadingSql, row => row.GetString(0), ct, ("signal", table));
        var since = before is [var b] ? long.Parse(b, CultureInfo.InvariantCulture) : 0;
        var (rows, _) = await Attempt.TryAsync(connection, () => connection.QueryAsync(sql, row => (row.GetInt64(0), row.GetInt64(1)), ct, ("reading", since)), ct);
        if (rows is not [var (newest, foreign)])
            return;
        var message = before.Count == 1 && foreign > 0 ? $"{foreign} rows that are not ours appeared in {table}" : null;
        await connection.ExecuteAsync(StoreSql, ct, ("signal", table),
            ("reading", newest.ToString(CultureInfo.InvariantCulture)), ("message", message));
    }
}
