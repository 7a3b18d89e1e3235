using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Metering;

/// <summary>Watches what VirtFusion's own hourly billing counts for our customers: when that grows, they would pay twice.</summary>
public sealed class NativeUsage(NpgsqlDataSource database, VirtFusionClient virtFusion)
{
    // A few customers at a time, those who were asked for longest ago: the whole of them would be a call each.
    private const int ReadAtOnce = 10;

    // As many without any answer: VirtFusion is down, and the others would only wait for it too.
    private const int MostUnanswered = 3;
    private const int MostLines = 20;

    // One that is dated in the future, since the clock was put back, isn't left waiting until then.
    private const string OldestSql = """
        select a.user_id from cron_service.accounts a left join cron_service.native_usage u using (user_id)
        where a.kind = 'customer' order by case when u.tried_at <= now() then u.tried_at end nulls first, a.user_id limit @limit
        """;

    // A month begins at zero, so what a new month shows at first has grown too; the first reading of all is where we began. The month is
    // the one that was asked for: by another clock, the last figures of an old month would be the first of the new one.
    private const string StoreSql = """
        insert into cron_service.native_usage as u (user_id, month, tokens, tried_at) values (@user_id, @month, @tokens, now())
        on conflict (user_id) do update set month = excluded.month, tokens = excluded.tokens, tried_at = excluded.tried_at, problem = null,
            grew_at = coalesce(u.grew_at, case when u.tokens is not null and exists (
                select from unnest(excluded.tokens, u.tokens) as figure (counted, before)
                where counted > case when excluded.month > u.month then 0 else before end) then now() end)
        """;

    private const string TriedSql = """
        insert into cron_service.native_usage as u (user_id, tried_at, problem) values (@user_id, now(), @problem::text)
        on conflict (user_id) do update set tried_at = excluded.tried_at, problem = coalesce(excluded.problem, u.problem)
        """;

    private const string ProblemsSql = """
        select user_id, problem from cron_service.native_usage where problem is not null order by user_id limit @limit
        """;

    /// <summary>Reads the next few. One that can't be read is noted and comes again after all others: an unknown state is never taken for a
    /// bad one.</summary>
    public async Task ReadAsync(CancellationToken ct)
    {
        var unanswered = 0;
        foreach (var userId in await database.QueryAsync(OldestSql, row => row.GetInt32(0), ct, ("limit", ReadAtOnce)))
        {
            switch (await virtFusion.ReadNativeUsageAsync(userId, ct))
            {
                case UsageReading.Figures read:
                    await database.ExecuteAsync(StoreSql, ct, ("user_id", userId), ("month", read.Month), ("tokens", read.Tokens));
                    break;
                case UsageReading.Unreadable(var reason):
                    await database.ExecuteAsync(TriedSql, ct, ("user_id", userId), ("problem", reason));
                    break;
                default:
                    await database.ExecuteAsync(TriedSql, ct, ("user_id", userId), ("problem", null));
                    if (++unanswered == MostUnanswered)
                        return;
                    break;
            }
        }
    }

    /// <summary>Returns a line for each customer whose usage is missing in VirtFusion's answer; the first twenty.</summary>
    public Task<List<MeteringProblem>> ProblemsAsync(CancellationToken ct) =>
        database.QueryAsync(ProblemsSql, row => MeteringProblem.OfApi(
            $"VirtFusion's own hourly billing of user {row.GetInt32(0)} can't be read, so it isn't known whether they pay twice: " +
                $"{row.GetString(1)}"), ct, ("limit", MostLines));
}
