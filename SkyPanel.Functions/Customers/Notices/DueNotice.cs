using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>A notice that is to be delivered by one channel, and to whom.</summary>
/// <param name="UserExists">False when the panel's user is gone.</param>
public sealed record DueNotice(
    long DeliveryId, long NoticeId, NoticeCause Cause, NoticeFacts Facts, DateTime CreatedAt, int UserId, bool UserExists, string Name,
        string? Email, long? EndpointId)
{
    private const string FindSql = """
        select d.id, n.id, n.cause, n.facts::text, n.created_at, a.user_id, u.id is not null,
               coalesce(nullif(to_jsonb(u) ->> 'full_name', ''), to_jsonb(u) ->> 'username', '') as name,
                   nullif(trim(to_jsonb(u) ->> 'email'), '') as email, d.endpoint_id
        from cron_service.notice_deliveries d
        join cron_service.notices n on n.id = d.notice_id
        join cron_service.accounts a on a.id = n.account_id
        left join public.users u on u.id = a.user_id
        where d.outbox_id = @outbox_id
        """;

    /// <param name="outboxId">Of the message that is attempted.</param>
    /// <returns>Null when it is gone.</returns>
    public static async Task<DueNotice?> FindAsync(NpgsqlDataSource database, long outboxId, CancellationToken ct) =>
        (await database.QueryAsync(FindSql, row => new DueNotice(row.GetInt64(0), row.GetInt64(1), NoticeCauses.Parse(row.GetString(2)),
            NoticeFacts.Parse(row.GetString(3)),
            row.GetDateTime(4), row.GetInt32(5), row.GetBoolean(6), row.GetString(7), row.Nullable<string>("email"),
                row.Nullable<long?>("endpoint_id")), ct, ("outbox_id", outboxId))).FirstOrDefault();
}
