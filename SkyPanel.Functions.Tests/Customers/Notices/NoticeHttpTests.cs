using System.Net;
using System.Text.Json.Nodes;
using SkyPanel.Demo.Simulators.Mail;
using SkyPanel.Functions.Tests.Outbox;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Customers.Notices;

/// <summary>Notices as an operator and an admin see them over HTTP.</summary>
public sealed class NoticeHttpTests
{
    private const string Customers = "/api/admin/customers";

    [Fact]
    public async Task A_refused_mail_is_found_in_the_log_and_sent_again_by_hand()
    {
        await using var mail = await MailSink.StartAsync(ct: NoticeBench.Cancel);
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync(("Mail__Host", "127.0.0.1"), ("Mail__Port", $"{mail.Port}"), ("Mail__Security", "None"),
            ("Mail__From", "billing@hosting.example"), ("Webhooks__AllowPrivateAddresses", "true"));
        var (made, shown) = await app.SendAsync(HttpMethod.Post, $"{Customers}/webhooks", new { url = receiver.Address }, "once");
        Assert.Equal(HttpStatusCode.Created, made);
        Assert.Null((await app.SendAsync(HttpMethod.Post, $"{Customers}/webhooks", new { url = receiver.Address }, "once")).Body["secret"]);
        Assert.True((await app.PostAsync($"{Customers}/webhooks/1/test")).Body["delivered"]!.GetValue<bool>());
        await panel.Panel.AddUserAsync(1);
        await panel.Database.ExecuteAsync(
            "update public.users set email = 'ada@example.com' where id = 1; insert into cron_service.accounts (kind, user_id) values " +
            "('customer', 1)");
        await app.PutAsync($"{Customers}/policy", new { notices = new { enabled = true } });
        await WakeUntilAsync(panel, app, "select enabled_since is not null from cron_service.notice_watch");
        await panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, message, last_attempt_at)
            select id, 'debit', 150, 1.5, 'test', 'held', 'refused', now() from cron_service.accounts where user_id = 1
            """);
        mail.Faults.Refuse("ada@example.com");
        await WakeUntilAsync(panel, app,
            "select exists (select from cron_service.outbox where kind = 'notice-mail' and state = 'discarded')");

        var notice = Assert.Single((await app.GetAsync(
            $"{Customers}/notices?userId=1&cause=debit_held&state=discarded")).Body["notices"]!.AsArray())!;
        var id = notice["id"]!.GetValue<long>();
        Assert.Contains(notice["deliveries"]!.AsArray(), d => Text(d!, "channel") == "mail" && Text(d!, "state") == "discarded"
            && Text(d!, "message") == "the mail server answered 550: 5.1.1 no such user");
        Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync($"{Customers}/notices/{id}/redeliver", new { })).Status);
        mail.Faults.Clear();
        Assert.Equal(HttpStatusCode.OK,
            (await app.SendAsync(HttpMethod.Post, $"{Customers}/notices/{id}/redeliver", new { reason = "the address is right now" },
            "again")).Status);
        Assert.Equal(HttpStatusCode.OK,
            (await app.SendAsync(HttpMethod.Post, $"{Customers}/notices/{id}/redeliver", new { reason = "the address is right now" },
            "again")).Status);
        await WakeUntilAsync(panel, app,
            "select not exists (select from cron_service.outbox where state = 'pending' and kind like 'notice-%')");

        Assert.Equal($"notice-{id}@hosting.example", MailClientTests.Read(Assert.Single(mail.Mails)).MessageId);
        Assert.Equal(HttpStatusCode.Conflict,
            (await app.PostAsync($"{Customers}/notices/{id}/redeliver", new { reason = "once more" })).Status);
        Assert.All(receiver.Received, one => one.Verify(Text(shown, "secret")));
        Assert.Equal(2, receiver.Received.Count);
    }

    [Fact]
    public async Task A_text_is_previewed_stored_and_forgotten_and_an_unknown_placeholder_refused()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        var preview = (await app.PostAsync($"{Customers}/templates/runway/preview",
            new { customer = "<b>Ada</b>", html = "<p>{{customer}}: {{balance}}</p>" })).Body;
        Assert.Contains("<p>&lt;b&gt;Ada&lt;/b&gt;: $12.50</p>", Text(preview, "html"), StringComparison.Ordinal);

        var (status, refused) = await app.PutAsync($"{Customers}/templates/runway",
            new { subject = "{{hourz}} left", text = "t", html = "h" });
        Assert.Equal((HttpStatusCode.BadRequest, "subject"), (status, Text(refused, "field")));
        Assert.StartsWith("subject has the unknown placeholder {{hourz}}: {{customer}}, {{hours}}", Text(refused, "detail"),
            StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK,
            (await app.PutAsync($"{Customers}/templates/runway?language=de",
            new { subject = "Noch {{hours}} h", text = "t", html = "h" })).Status);
        Assert.Equal("Noch {{hours}} h", Text((await app.GetAsync($"{Customers}/templates/runway?language=de")).Body, "subject"));
        Assert.Equal(9, (await app.GetAsync($"{Customers}/templates")).Body["templates"]!.AsArray().Count);
        Assert.True((await app.SendAsync(HttpMethod.Delete,
            $"{Customers}/templates/runway?language=de")).Body["isBuiltIn"]!.GetValue<bool>());
        Assert.Equal(HttpStatusCode.NotFound, (await app.GetAsync($"{Customers}/templates/hunger")).Status);
    }

    [Fact]
    public async Task An_endpoint_is_refused_by_its_address_and_never_shows_its_secret_again()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        foreach (var bad in new[] { "http://example.com/hooks", "ftp://example.com", "https://user:password@example.com/",
            "https://localhost/", "https://10.0.0.1/" })
            Assert.Equal((bad, HttpStatusCode.BadRequest), (bad, (await app.PostAsync($"{Customers}/webhooks", new { url = bad })).Status));

        var secret = Text((await app.PostAsync($"{Customers}/webhooks",
            new { url = "https://example.com/hooks?key=of-the-customer" })).Body, "secret");
        var rotated = Text((await app.PostAsync($"{Customers}/webhooks/1/rotate", new { graceMinutes = 60 })).Body, "secret");

        Assert.StartsWith("whsec_", rotated, StringComparison.Ordinal);
        var all = $"{(await app.GetAsync($"{Customers}/webhooks")).Body}{(await app.GetAsync("/api/admin/audit")).Body}{app.Output}";
        foreach (var hidden in new[] { secret, rotated, "of-the-customer" })
            Assert.DoesNotContain(hidden, all, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await app.SendAsync(HttpMethod.Delete, $"{Customers}/webhooks/1")).Status);
        Assert.Empty((await app.GetAsync($"{Customers}/webhooks")).Body["webhooks"]!.AsArray());
        Assert.Equal(0L, await panel.ScalarAsync<long>("select count(*) from cron_service.secrets"));
    }

    private static async Task WakeUntilAsync(OutsidePanel panel, AppProcess app, string sql)
    {
        await app.PostAsync("/api/admin/cron/wake");
        await panel.UntilAsync(sql);
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
