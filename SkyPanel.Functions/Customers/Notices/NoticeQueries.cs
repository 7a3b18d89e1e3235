namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Reads notices and their deliveries.</summary>
public sealed class NoticeQueries(NpgsqlDataSource database)
{
    private const string ColumnsSql = """
        select n.id, a.user_id, n.cause, n.facts::text as facts, n.silenced_reason, n.created_at,
            coalesce(d.deliveries, '[]')::text as deliveries
        from cron_service.notices n
        join cron_service.accounts a on a.id = n.account_id
        left join lateral (
            select jsonb_agg(jsonb_build_object('channel', d.channel, 'endpointId', d.endpoint_id, 'round', d.round,
                       'state', case o.state when 'settled' then 'delivered' else o.state end, 'failedAttempts', o.attempts, 'message',
                           o.message,
                       'nextAttemptAt', case when o.state = 'pending' then o.next_attempt_at end, 'closedAt', o.closed_at)
                           order by d.id) as deliveries
            from cron_service.notice_deliveries d join cron_service.outbox o on o.id = d.outbox_id where d.notice_id = n.id) as d on true
        """;

    private const string ListSql = $"""
        {ColumnsSql}
        where n.id < coalesce(@before::bigint, 9223372036854775807) and (@cause::text is null or n.cause = @cause::text)
          and (@user_id::integer is null or n.account_id = (select id from cron_service.accounts where user_id = @user_id::integer))
          and (@state::text is null or case @state::text when 'silenced' then n.silenced_reason is not null
               else exists (select from cron_service.notice_deliveries d join cron_service.outbox o on o.id = d.outbox_id
                            where d.notice_id = n.id and o.state = case @state::text when 'delivered' then 'settled'
                                else @state::text end) end)
        order by n.id desc limit @limit
        """;

    private const string FindSql = $"{ColumnsSql} where n.id = @id";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Lists notices, the latest first.</summary>
    public Task<List<Notice>> ListAsync(NoticesQuery query, CancellationToken ct) => database.QueryAsync(ListSql, Read, ct,
        ("before", query.Cursor), ("cause", query.Cause), ("user_id", query.UserId), ("state", query.State), ("limit", query.Limit));

    /// <summary>Finds a notice, in the caller's transaction.</summary>
    public static Task<Notice?> FindAsync(NpgsqlConnection connection, long id, CancellationToken ct) =>
        connection.FindAsync(FindSql, Read, ct, ("id", id));

    private static Notice Read(NpgsqlDataReader row) => new(
        row.Get<long>("id"), row.Get<int>("user_id"), row.Get<string>("cause"), row.Get<DateTime>("created_at"),
        NoticeFacts.Parse(row.Get<string>("facts")), row.Nullable<string>("silenced_reason"),
            [.. JsonSerializer.Deserialize<List<NoticeDelivery>>(row.Get<string>("deliveries"), Json)!.Select(InUtc)]);

    // The parser returns instants with an offset in local time.
    private static NoticeDelivery InUtc(NoticeDelivery delivery) =>
        delivery with { NextAttemptAt = delivery.NextAttemptAt?.ToUniversalTime(), ClosedAt = delivery.ClosedAt?.ToUniversalTime() };
}

/// <summary>A notice to a customer.</summary>
/// <param name="SilencedReason">The reason why it isn't sent; null when it is.</param>
/// <param name="Deliveries">The deliveries, the oldest first. They are kept as long as messages.</param>
public sealed record Notice(
    long Id, int UserId, [property: AllowedValues("runway", "suspension_due", "suspended", "resumed", "top_up_received", "top_up_failed",
        "taken_back", "debit_held")] string Cause,
    DateTime CreatedAt, NoticeFacts Facts, string? SilencedReason, IReadOnlyList<NoticeDelivery> Deliveries);

/// <summary>A delivery of a notice by one channel.</summary>
/// <param name="EndpointId">The endpoint of a webhook.</param>
/// <param name="Round">1, plus one for each time that it was sent again.</param>
/// <param name="FailedAttempts">The number of attempts that failed and were to be repeated.</param>
/// <param name="Message">The reason why it was discarded, or why the latest attempt failed.</param>
public sealed record NoticeDelivery(
    [property: AllowedValues("panel", "mail", "webhook")] string Channel, long? EndpointId, int Round,
    [property: AllowedValues("pending", "delivered", "discarded")] string State,
    int FailedAttempts, string? Message, DateTime? NextAttemptAt, DateTime? ClosedAt);
