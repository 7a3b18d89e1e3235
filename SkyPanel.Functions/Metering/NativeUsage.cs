using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Metering;

/// <summary>Watches the usage that VirtFusion's own hourly billing counts for our customers: when it grows, they would pay twice.</summary>
public sealed class NativeUsage(NpgsqlDataSource database, VirtFusionClient virtFusion)
{
    // A few customers at a time, those read longest ago, as each needs a call.
    private const int BatchSize = 10;

    private const int MaxLines = 20;

    // Customers without a server are left out, as VirtFusion may no longer know them. A time in the future, from before a clock was set
    // back, counts as never.
    private const string OldestSql = """
        select a.user_id from cron_service.accounts a left join cron_service.native_usage u using (user_id)
        where a.kind = 'customer' and exists (
            select from cron_service.enrolments e where e.user_id = a.user_id and e.enrolment_id is not null)
        order by case when u.tried_at <= now() then u.tried_at end nulls first, a.user_id limit @limit
        """;

    // A month begins at zero, so the first figures of a new month are growth too, but not the very first reading. The month is the one in
    // the request: by another clock the last figures of a month could be taken for the first of the next.
    private const string StoreSql = """
        insert into cron_service.native_usage as u (user_id, month, tokens, tried_at) values (@user_id, @month, @tokens, now())
        on conflict (user_id) do update set month = excluded.month, tokens = excluded.tokens, tried_at = excluded.tried_at, problem = null,
            (grew_at, grew_to) = (select coalesce(u.grew_at, case when count(*) > 0 then now() end), coalesce(u.grew_to, max(counted))
                from unnest(excluded.tokens, u.tokens) as figure (counted, before)
                where u.tokens is not null and counted > case when excluded.month > u.month then 0 else before end)
        """;

    private const string TriedSql = """
        insert into cron_service.native_usage as u (user_id, tried_at, problem) values (@user_id, now(), @problem::text)
        on conflict (user_id) do update set tried_at = excluded.tried_at, problem = coalesce(excluded.problem, u.problem)
        """;

    private const string ProblemsSql = """
        select user_id, problem from cron_service.native_usage u
        where problem is not null and exists (
            select from cron_service.enrolments e where e.user_id = u.user_id and e.enrolment_id is not null)
        order by user_id limit @limit
        """;

    /// <summary>Reads the usage of the next customers. A failure is recorded and retried after all others; it doesn't count as
    /// growth.</summary>
    public async Task ReadAsync(CancellationToken ct)
    {
        foreach (var userId in await database.QueryAsync<int>(OldestSql, ct, ("limit", BatchSize)))
        {
            switch (await virtFusion.ReadNativeUsageAsync(userId, ct))
            {
                case UsageReading.Figures read:
                    await database.ExecuteAsync(StoreSql, ct, ("user_id", userId), ("month", read.Month), ("tokens", read.Tokens));
                    break;
                case UsageReading.Unreadable(var reason):
                    await database.ExecuteAsync(TriedSql, ct, ("user_id", userId), ("problem", reason));
                    break;
                default: // VirtFusion is down: each of the others would wait half a minute too.
                    await database.ExecuteAsync(TriedSql, ct, ("user_id", userId), ("problem", null));
                    return;
            }
        }
    }

    /// <summary>Returns a line for each customer whose usage is missing in VirtFusion's answer; the first twenty.</summary>
    public Task<List<RunError>> ProblemsAsync(CancellationToken ct) =>
        database.QueryAsync(ProblemsSql, row => RunError.OfApi(
            $"VirtFusion's own hourly billing of user {row.Get<int>("user_id")} can't be read, so it isn't known whether they pay twice: " +
                $"{row.Get<string>("problem")}"), ct, ("limit", MaxLines));
}
