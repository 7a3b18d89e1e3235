namespace SkyPanel.Functions.Tests.Customers.Notices;

/// <summary>A notice to <c>@user_id</c> as it stands in the database when its mail was refused.</summary>
internal static class NoticeSamples
{
    public const string DiscardedSql = """
        with notice as (
            insert into cron_service.notices (account_id, cause, cause_key, facts)
            select id, 'runway', '24/1', '{"hours": 24, "threshold": 24, "balance": 12.5, "burn": 0.52}'
            from cron_service.accounts where user_id = @user_id returning id
        ), message as (
            insert into cron_service.outbox (kind, subject, dedupe_key, payload, state, closed_at, message)
            select 'notice-mail', 'notice:mail:sample', 'notice:' || id || ':mail:1', '{}', 'discarded', now(),
                'the mail server answered 550: 5.1.1 no such user' from notice
            returning id
        )
        insert into cron_service.notice_deliveries (notice_id, channel, round, outbox_id) select n.id, 'mail', 1, m.id
            from notice n, message m
        """;
}
