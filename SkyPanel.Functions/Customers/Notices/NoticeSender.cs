namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Queues notices for their channels in the caller's transaction. Each delivery is a message in the outbox.</summary>
public static class NoticeSender
{
    // A subject for each channel and account keeps their messages in order, independent of other accounts.
    private const string SendSql = """
        with channels as (
            select 'panel' as channel, null::bigint as endpoint_id union all select 'mail', null
            union all select 'webhook', id from cron_service.webhook_endpoints where deleted_at is null
        ), wanted as (
            select n.id as notice_id, c.channel, c.endpoint_id, coalesce(d.round, 0) + 1 as round,
                   concat_ws(':', 'notice', c.channel, c.endpoint_id, n.account_id) as subject,
                   concat_ws(':', 'notice', n.id, c.channel, c.endpoint_id, coalesce(d.round, 0) + 1) as dedupe_key
            from cron_service.notices n
            join channels c on @channel::text is null or c.channel = @channel::text
            left join lateral (
                select d.round, o.state from cron_service.notice_deliveries d join cron_service.outbox o on o.id = d.outbox_id
                where d.notice_id = n.id and d.channel = c.channel and d.endpoint_id is not distinct from c.endpoint_id
                order by d.round desc limit 1) as d on true
            where n.id = any(@ids) and n.silenced_reason is null
              and d.state is distinct from 'pending' and (not @only_discarded or d.state = 'discarded')
        ), messages as (
            insert into cron_service.outbox (kind, subject, dedupe_key, payload)
            select 'notice-' || channel, subject, dedupe_key, jsonb_build_object('noticeId', notice_id)
            from wanted order by notice_id, channel, endpoint_id
            returning id, dedupe_key
        )
        insert into cron_service.notice_deliveries (notice_id, channel, endpoint_id, round, outbox_id)
        select w.notice_id, w.channel, w.endpoint_id, w.round, m.id from wanted w join messages m using (dedupe_key)
        """;

    /// <summary>Sends new notices through every channel.</summary>
    public static Task<int> SendAsync(NpgsqlConnection connection, long[] noticeIds, CancellationToken ct) =>
        connection.ExecuteAsync(SendSql, ct, ("ids", noticeIds), ("channel", null), ("only_discarded", false));

    /// <param name="channel">The channel, even if it has delivered the notice; null for those whose latest delivery was discarded.</param>
    /// <returns>The number of deliveries that are now pending.</returns>
    public static Task<int> SendAgainAsync(NpgsqlConnection connection, long noticeId, string? channel, CancellationToken ct) =>
        connection.ExecuteAsync(SendSql, ct, ("ids", new[] { noticeId }), ("channel", channel), ("only_discarded", channel is null));
}
