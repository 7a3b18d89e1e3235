using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Metering;

/// <summary>Watches what VirtFusion's own hourly billing counts for our customers: when that grows, they would pay twice.</summary>
public sealed class NativeUsage(NpgsqlDataSource database, VirtFusionClient virtFusion)
{
    // A few customers at a time, those whose reading is oldest: the whole of them would be a call each.
    private const int ReadAtOnce = 10;

    private const string OldestSql = """
        select a.user_id from cron_service.accounts a left join cron_service.native_usage u using (user_id)
        where a.kind = 'customer' order by u.read_at nulls first, a.user_id limit @limit
        """;

    // A month begins at zero, so what a new month shows at first has grown too; the first reading of all is where we began.
    private const string StoreSql = """
        insert into cron_service.native_usage as u (user_id, month, tokens, read_at)
        values (@user_id, date_trunc('month', now() at time zone 'UTC')::date, @tokens, now())
        on conflict (user_id) do update set month = excluded.month, tokens = excluded.tokens, read_at = excluded.read_at,
            grew_at = coalesce(u.grew_at, case when excluded.tokens > case when excluded.month = u.month then u.tokens else 0 end then now() end)
        """;

    /// <summary>Reads the next few. What can't be read is left for later: an unknown state is never taken for a bad one.</summary>
    public async Task ReadAsync(CancellationToken ct)
    {
        foreach (var userId in await database.QueryAsync(OldestSql, row => row.GetInt32(0), ct, ("limit", ReadAtOnce)))
        {
            if (await virtFusion.ReadNativeUsageAsync(userId, ct) is not UsageReading.Tokens(var tokens))
                return;
            await database.ExecuteAsync(StoreSql, ct, ("user_id", userId), ("tokens", tokens));
        }
    }
}
