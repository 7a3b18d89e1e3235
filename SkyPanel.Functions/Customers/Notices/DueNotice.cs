using SkyPanel.Functions.Panel;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>A notice to deliver through one channel, and its recipient.</summary>
/// <param name="UserExists">Whether the panel's user still exists.</param>
public sealed record DueNotice(
    long DeliveryId, long NoticeId, NoticeCause Cause, NoticeFacts Facts, DateTime CreatedAt, int UserId, bool UserExists, string Name,
        string? Email, long? EndpointId)
{
    private const string FindSql = $"""
        select d.id as delivery_id, n.id as notice_id, n.cause, n.facts::text as facts, n.created_at, a.user_id,
               u.id is not null as user_exists,
               coalesce({CustomerName.Sql}, '') as name, nullif(trim(to_jsonb(u) ->> 'email'), '') as email, d.endpoint_id
        from cron_service.notice_deliveries d
        join cron_service.notices n on n.id = d.notice_id
        join cron_service.accounts a on a.id = n.account_id
        left join public.users u on u.id = a.user_id
        where d.outbox_id = @outbox_id
        """;

    /// <param name="outboxId">The id of the attempted message.</param>
    /// <returns>Null when it no longer exists.</returns>
    public static Task<DueNotice?> FindAsync(NpgsqlDataSource database, long outboxId, CancellationToken ct) =>
        database.FindAsync(FindSql, row => new DueNotice(
            row.Get<long>("delivery_id"), row.Get<long>("notice_id"), row.Get<NoticeCause>("cause"),
            NoticeFacts.Parse(row.Get<string>("facts")), row.Get<DateTime>("created_at"), row.Get<int>("user_id"),
            row.Get<bool>("user_exists"), row.Get<string>("name"), row.Nullable<string>("email"), row.Nullable<long?>("endpoint_id")),
            ct, ("outbox_id", outboxId));
}
