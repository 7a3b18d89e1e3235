using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Derives notices from facts and queues them for their channels, in one transaction.</summary>
public sealed class NoticeWriter(NpgsqlDataSource database)
{
    // One process at a time: skips the work while the row is locked.
    private const string WatchSql = """
        select p.notices_enabled as is_enabled, p.notice_threshold_hours as thresholds, w.enabled_since as since,
               coalesce(@as_of::timestamptz, now()) as now
        from cron_service.notice_watch w cross join cron_service.customer_policy p
        for update of w skip locked
        """;

    private const string SinceSql = "update cron_service.notice_watch set enabled_since = @since::timestamptz";

    // Selects the notices for the message to the staff.
    private const string LinesSql = $"""
        select n.cause, a.user_id, coalesce({CustomerName.Sql}, '') as name, n.facts::text as facts
        from cron_service.notices n join cron_service.accounts a on a.id = n.account_id left join public.users u on u.id = a.user_id
        where n.id = any(@ids) and n.silenced_reason is null order by n.id
        """;

    /// <returns>The number of notices written.</returns>
    /// <param name="asOf">The instant to use instead of now.</param>
    public async Task<int> WriteAsync(CancellationToken ct, DateTimeOffset? asOf = null)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginAsync(ct);
        if (await connection.FindAsync<Watch>(WatchSql, ct, ("as_of", asOf?.UtcDateTime)) is not { } watch)
            return 0;
        var ids = watch switch
        {
            { IsEnabled: false, Since: null } => [],
            { IsEnabled: false } => await SwitchAsync(connection, watch, null, ct),
            { Since: null } => await SwitchAsync(connection, watch, watch.Now, ct),
            { Since: { } since } => await DeriveAsync(connection, watch, since, ct),
        };
        if (ids.Length > 0)
        {
            await NoticeSender.SendAsync(connection, ids, ct);
            await TellStaffAsync(connection, ids, ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        return ids.Length;
    }

    private static async Task<long[]> SwitchAsync(NpgsqlConnection connection, Watch watch, DateTime? since, CancellationToken ct)
    {
        await connection.ExecuteAsync(SinceSql, ct, ("since", since));
        if (since is not null)
        {
            await connection.ExecuteAsync(NoticeSql.RearmSql, ct);
            await connection.ExecuteAsync(NoticeSql.PassOverSql, ct, ("thresholds", watch.Thresholds));
        }
        return [];
    }

    // Events come first: a runway notice waits for an hour after any other.
    private static async Task<long[]> DeriveAsync(NpgsqlConnection connection, Watch watch, DateTime since, CancellationToken ct)
    {
        await connection.ExecuteAsync(NoticeSql.RearmSql, ct);
        (string, object?)[] times = [("now", watch.Now), ("since", since)];
        return
        [
            .. await IdsAsync(NoticeSql.TopUpsSql), .. await IdsAsync(NoticeSql.HeldSql),
                .. await IdsAsync(NoticeSql.ServersSql, ("cause", NoticeCause.Suspended.Text())),
            .. await IdsAsync(NoticeSql.ServersSql, ("cause", NoticeCause.Resumed.Text())), .. await IdsAsync(NoticeSql.DueSql),
            .. await IdsAsync(NoticeSql.RunwaySql, ("thresholds", watch.Thresholds)),
        ];

        Task<List<long>> IdsAsync(string sql, params (string, object?)[] more) =>
            connection.QueryAsync<long>(sql, ct, [.. times, .. more]);
    }

    private static async Task TellStaffAsync(NpgsqlConnection connection, long[] ids, CancellationToken ct)
    {
        var lines = await connection.QueryAsync(LinesSql, row => new StaffLine(
            row.Get<NoticeCause>("cause"), row.Get<int>("user_id"), row.Get<string>("name"),
            NoticeFacts.Parse(row.Get<string>("facts"))), ct, ("ids", ids));
        if (lines.Count > 0)
            await OutboxWriter.AddAsync(connection, DiscordOutbox.Kind, "notices", $"notices:{ids.Min()}",
                StaffLine.Summary(lines).ToJson(), ct);
    }

    private sealed record Watch(bool IsEnabled, int[] Thresholds, DateTime? Since, DateTime Now);
}
