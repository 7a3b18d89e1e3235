using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Health;

/// <summary>Checks that notices are delivered, while they are enabled.</summary>
public sealed class NoticeChecks(NpgsqlDataSource database, MailClient mail)
{
    private const string IsOnSql = "select notices_enabled from cron_service.customer_policy";

    // One customer's address may be wrong: a channel fails when nothing came through and three didn't.
    private const string FailingSql = """
        select d.channel || coalesce(' to endpoint ' || d.endpoint_id, '') as channel,
            (array_agg(o.message order by o.id desc) filter (where o.message is not null))[1] as reason
        from cron_service.notice_deliveries d join cron_service.outbox o on o.id = d.outbox_id
        where o.created_at > now() - interval '24 hours'
          and (d.endpoint_id is null or exists (select from cron_service.webhook_endpoints e
              where e.id = d.endpoint_id and e.deleted_at is null))
        group by d.channel, d.endpoint_id
        having count(*) filter (where o.state = 'settled') = 0
           and count(*) filter (where o.state = 'discarded' and o.message not like '% is off: %' or o.state = 'pending'
               and o.message is not null) >= 3
        order by 1
        """;

    public Check Check => new("notices", true, async (_, ct) => await FindAsync(ct));

    /// <summary>Examines whether notices came through in the last 24 hours.</summary>
    public async Task<Finding> FindAsync(CancellationToken ct)
    {
        if (!await IsOnAsync(ct))
            return Finding.Off("Notices to customers are off.",
                "Enable them (PUT /api/admin/customers/policy) when customers are to be warned.");
        if (!mail.IsConfigured)
            return Finding.Failing("Notices to customers are on, and no mail is sent.",
                "Set Mail__Host and Mail__From, or switch notices off.", "initialization");
        var failing = await database.QueryAsync(FailingSql, row => $"{row.Get<string>("channel")} ({row.Nullable<string>("reason")})", ct);
        return failing.Count == 0 ? Finding.Ok("Notices to customers are on, and no channel fails.")
            : Finding.Failing($"In 24 hours no notice came through by {string.Join("; ", failing)}.",
                "See GET /api/admin/customers/notices?state=discarded, mend it, and send them again.", "api");
    }

    /// <summary>Examines the mail server.</summary>
    public async Task<Finding> FindMailAsync(CancellationToken ct)
    {
        if (!mail.IsConfigured)
            return Finding.Off("No mail server is configured.", "Set Mail:Host and Mail:From. Not needed while notices are off.");
        return await mail.ProbeAsync(ct) is { } problem ? Finding.Failing($"No mail can be sent: {problem}.",
            "Check the settings of Mail, and that the server can be reached from here.")
            : Finding.Ok("The mail server takes connections and the log-in.");
    }

    private async Task<bool> IsOnAsync(CancellationToken ct) => await database.QueryAsync<bool>(IsOnSql, ct) is [true];
}
