using SkyPanel.Functions.Database;
using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Customers.Notices;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Outbox;
using SkyPanel.Demo.Simulators;
using SkyPanel.Demo.Simulators.Mail;

namespace SkyPanel.Functions.Tests.Customers.Notices;

/// <summary>A panel whose customers are told: its database, a mail server, a Discord, and the app between. How accounts stand is what the
/// test says.</summary>
internal sealed class NoticeBench : IAsyncDisposable
{
    public static readonly Caller Tester = new("test", Role.Admin, "::1", "1");

    private NoticeBench(MailSink mail, DiscordSimulator discord, TestPanel panel) => (Mail, Discord, Panel) = (mail, discord, panel);

    public MailSink Mail { get; }
    public DiscordSimulator Discord { get; }
    public TestPanel Panel { get; }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<NoticeBench> StartAsync(params (string Name, string Value)[] settings)
    {
        var (mail, discord) = (await MailSink.StartAsync(ct: Cancel), await DiscordSimulator.StartAsync(Cancel));
        return new(mail, discord, await TestPanel.StartAsync(
            [.. Settings(mail).Append(("Discord:WebhookUrl", discord.WebhookUrl))
                .Where(usual => !settings.Any(own => own.Name == usual.Item1)), .. settings]));
    }

    public static (string Name, string Value)[] Settings(MailSink mail) =>
        [("Mail:Host", "127.0.0.1"), ("Mail:Port", $"{mail.Port}"), ("Mail:Security", "None"),
            ("Mail:From", "Example Hosting <billing@hosting.example>"), ("Webhooks:AllowPrivateAddresses", "true")];

    public T Get<T>() where T : notnull => Panel.Services.GetRequiredService<T>();

    /// <summary>A customer with an account and a mail address.</summary>
    /// <returns>The account's id.</returns>
    public async Task<long> AddCustomerAsync(int userId, string name = "Ada Lovelace")
    {
        await Panel.AddUserAsync(userId);
        await Panel.Database.ExecuteAsync("update public.users set full_name = @name, email = 'u' || @id || '@example.com' where id = @id",
            ("id", userId), ("name", name));
        return await Panel.Database.ScalarAsync<long>(
            "insert into cron_service.accounts (kind, user_id) values ('customer', @id) returning id", ("id", userId));
    }

    /// <summary>Switches notices on, and passes over what has happened so far.</summary>
    public async Task EnableAsync(DateTimeOffset? asOf = null)
    {
        await Panel.Database.ExecuteAsync("update cron_service.customer_policy set notices_enabled = true");
        Assert.Equal(0, await WriteAsync(asOf));
    }

    public Task<int> WriteAsync(DateTimeOffset? asOf = null) => Get<NoticeWriter>().WriteAsync(Cancel, asOf);

    public Task DeliverAsync(IServiceProvider? app = null) => (app ?? Panel.Services).GetRequiredService<OutboxDelivery>()
        .DeliverAsync(Cancel);

    /// <summary>The back-off is over.</summary>
    public Task DueAsync() => Panel.Database.ExecuteAsync(
        "update cron_service.outbox set next_attempt_at = now(), claimed_until = null where state = 'pending'");

    /// <param name="hours">Null: unknown.</param>
    public Task StandAsync(long accountId, decimal? hours, string state = "ok") => Panel.Database.ExecuteAsync("""
        insert into cron_service.standings (account_id, state, available, burn, runway_hours, runway, balance_tokens, balance_read_at)
        values (@id, @state, @hours::numeric / 2, 0.5, @hours::numeric, case when @hours::numeric is null then 'unknown' else 'known' end,
            @hours::numeric * 50, now())
        on conflict (account_id) do update set (state, available, runway_hours, runway, balance_tokens)
            = (excluded.state, excluded.available, excluded.runway_hours, excluded.runway, excluded.balance_tokens)
        """, ("id", accountId), ("hours", hours), ("state", state));

    /// <summary>Owes a notice of a cause, without the facts that would give rise to it.</summary>
    public Task<long> OweAsync(long accountId, NoticeCause cause, string factsJson = "{}") => Panel.Database.InOneAsync(async transaction =>
    {
        var id = await Panel.Database.ScalarAsync<long>(
            "insert into cron_service.notices (account_id, cause, cause_key, facts) values (@account, @cause, gen_random_uuid()::text, " +
                "@facts::jsonb) returning id",
            ("account", accountId), ("cause", cause.Text()), ("facts", factsJson));
        await NoticeSender.SendAsync(transaction.Connection!, [id], Cancel);
        return id;
    });

    /// <returns>Like <c>mail delivered</c> and <c>panel discarded: why</c>, of all deliveries of a notice.</returns>
    public async Task<string[]> DeliveriesAsync(long noticeId) =>
        [.. (await FindAsync(noticeId)).Deliveries.Select(d => $"{d.Channel} {d.State}{(d.Message is null ? "" : $": {d.Message}")}")];

    public async Task<Notice> FindAsync(long noticeId)
    {
        await using var connection = await Panel.Database.Source.OpenConnectionAsync(Cancel);
        return (await NoticeQueries.FindAsync(connection, noticeId, Cancel))!;
    }

    /// <returns>Like <c>runway 24/1</c>, of all notices, oldest first.</returns>
    public async Task<string[]> WrittenAsync() =>
        await Panel.Database.ScalarAsync<string[]>(
            "select coalesce(array_agg(cause || ' ' || cause_key order by id), '{}') from cron_service.notices") ?? [];

    public async ValueTask DisposeAsync()
    {
        await Panel.DisposeAsync();
        await Discord.DisposeAsync();
        await Mail.DisposeAsync();
    }
}
