using SkyPanel.Functions.Metering;
using SkyPanel.Functions.Panel;
using SkyPanel.Functions.Scheduling;

namespace SkyPanel.Functions.Billing;

/// <summary>Blocks billing while the panel's own engine bills, as customers would pay twice.</summary>
/// <remarks>Each sign is compared with its last reading and never with our time, so the panel's clock, its zone and its history can't trip
/// it. A sign stays until an admin enables hourly-billing again, as the hours that the other engine took must be checked first.</remarks>
public sealed class Interlock(NpgsqlDataSource database, NativeUsage nativeUsage, IOptions<BillingOptions> options)
{
    private const string LastBilling = "last_hourly_billing";

    private const string HasSettingsSql = "select to_regclass('public.virtfusion_cron_settings') is not null";

    // The row with the highest id is the one in force.
    private const string CronSettingsSql = """
        select coalesce((j ->> 'enabled')::boolean, false) as is_enabled,
               coalesce(j ->> 'last_hourly_billing', 'never') as last_hourly_billing
        from (select to_jsonb(s) as j from public.virtfusion_cron_settings s order by s.id desc limit 1) as latest
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
            select grew_at, format('VirtFusion''s own hourly billing counted for user %s (%s tokens of a month, seen on %s)', user_id,
                trim_scale(grew_to), (grew_at at time zone 'UTC')::date) from cron_service.native_usage where grew_at is not null
        ) as signs order by changed_at limit 1
        """;

    private const string ResetSql = "delete from cron_service.interlock; delete from cron_service.native_usage";
    private const string TakenOverSql = "select taken_over_at is not null from cron_service.jobs where job = 'hourly-billing'";

    private static readonly ForeignRows[] Watched =
    [
        new(BillingSettings.Job, "virtfusion_hourly_transactions"),
        new(BillingSettings.Job, "transactions", "t.type = 'server_hourly_billing'"),
    ];

    /// <summary>Returns the stored sign that was seen first; null without one.</summary>
    public static Task<string?> StandingAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.FindAsync<string>(TrippedSql, ct);

    /// <summary>Reads every sign and compares it with its last reading.</summary>
    /// <returns>The reason why nothing may be billed; null without one.</returns>
    public async Task<string?> ReadAsync(CancellationToken ct)
    {
        await nativeUsage.ReadAsync(ct);
        return await ReadDatabaseAsync(ct);
    }

    /// <summary>Does the same with the latest reading of VirtFusion's own billing, so that VirtFusion delays no answer.</summary>
    public async Task<string?> ReadDatabaseAsync(CancellationToken ct)
    {
        string? reason;
        try
        {
            reason = await ReadTablesAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            reason = ForeignRows.Unreadable(e);
        }
        return options.Value.IsInterlockOn ? reason : null;
    }

    private async Task<string?> ReadTablesAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        var isTakenOver = await connection.FindAsync<bool>(TakenOverSql, ct);
        var reason = await ReadSettingsAsync(connection, isTakenOver, ct);
        if (isTakenOver)
        {
            foreach (var watched in Watched)
            {
                if (await watched.CountAsync(connection, ct) is > 0 and var rows)
                    await StoreAsync(connection, watched.Table, null, $"{rows} rows that are not ours appeared in {watched.Table}", ct);
            }
        }
        var standing = isTakenOver ? await StandingAsync(connection, ct) : null;
        await transaction.CommitAsync(ct);

        return reason ?? (standing is null ? null
            : $"{standing}: look at what it took, switch it off, then enable hourly-billing again");
    }

    /// <summary>Stores the first readings, in the transaction in which an admin enables the job. Earlier signs don't count.</summary>
    public static async Task BeginAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await connection.ExecuteAsync(ResetSql, ct);
        await ReadSettingsAsync(connection, isTakenOver: true, ct);
        foreach (var watched in Watched)
            await watched.BeginAsync(connection, ct);
    }

    // Returns the reason that the settings of the panel's engine give, or that nobody can tell.
    private static async Task<string?> ReadSettingsAsync(NpgsqlConnection connection, bool isTakenOver, CancellationToken ct)
    {
        if (!await connection.ScalarAsync<bool>(HasSettingsSql, ct))
            return null;
        var (rows, refusal) = await Attempt.TryAsync(connection, () => connection.QueryAsync(CronSettingsSql,
            row => (row.Get<bool>("is_enabled"), row.Get<string>("last_hourly_billing")), ct), ct);
        if (refusal?.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            return ForeignRows.Unreadable(refusal);
        // A table of another shape doesn't belong to the panel's engine.
        if (rows is not [var (isEnabled, last)])
            return null;
        if (isTakenOver)
        {
            var before = await connection.FindAsync<string>(ReadingSql, ct, ("signal", LastBilling)) ?? last;
            var message = before == last ? null
                : $"the panel's own engine billed (virtfusion_cron_settings.last_hourly_billing went from {before} to {last})";
            await StoreAsync(connection, LastBilling, last, message, ct);
        }
        return isEnabled ? "the panel's own billing engine is switched on (virtfusion_cron_settings.enabled): switch it off there" : null;
    }

    private static Task<int> StoreAsync(NpgsqlConnection connection, string signal, string? reading, string? message,
        CancellationToken ct) =>
        connection.ExecuteAsync(StoreSql, ct, ("signal", signal), ("reading", reading), ("message", message));
}
