using Microsoft.Extensions.DependencyInjection;
using SkyPanel.Functions.Customers;
using SkyPanel.Functions.Customers.Notices;
using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.Tests.Outbox;

namespace SkyPanel.Functions.Tests.Customers.Notices;

public sealed class DeliveryTests
{
    private const string Facts = """{"hours":24,"threshold":24,"balance":12.5,"burn":0.52}""";

    [Fact]
    public async Task A_notice_reaches_the_panel_the_mailbox_and_the_endpoint_once_each()
    {
        await using var bench = await NoticeBench.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        var secret = await AddEndpointAsync(bench, receiver);
        var id = await bench.OweAsync(await bench.AddCustomerAsync(1), NoticeCause.Runway, Facts);

        await bench.DeliverAsync();
        await bench.DeliverAsync();

        Assert.Equal(["panel delivered", "mail delivered", "webhook delivered"], await bench.DeliveriesAsync(id));
        Assert.All((await bench.FindAsync(id)).Deliveries, delivery => Assert.Equal(DateTimeKind.Utc, delivery.ClosedAt!.Value.Kind));
        var mail = MailClientTests.Read(Assert.Single(bench.Mail.Mails));
        Assert.Equal(("Your balance runs out in 24 h", $"notice-{id}@hosting.example"), (mail.Subject, mail.MessageId));
        Assert.Contains("$12.50 (1,250 tokens)", mail.TextBody, StringComparison.Ordinal);
        Assert.Contains("<strong>24 more full hours</strong>", mail.HtmlBody, StringComparison.Ordinal);
        Assert.Equal(("Your balance runs out in 24 h", "warning", false), await bench.Panel.Database.InOneAsync(async _ => (
            await bench.Panel.Database.ScalarAsync<string>(
                "select title from public.notifications where user_id = 1 and message like 'Your balance of $12.50 %'"),
            await bench.Panel.Database.ScalarAsync<string>("select type from public.notifications"),
                await bench.Panel.Database.ScalarAsync<bool>("select read from public.notifications"))));
        var webhook = Assert.Single(receiver.Received);
        webhook.Verify(secret);
        Assert.Equal($"notice-{id}", webhook.Id);
        Assert.Contains("\"type\":\"notice.runway\"", webhook.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_has_a_link_to_the_customers_own_page_where_there_is_one_and_the_other_channels_have_none()
    {
        await using var bench = await NoticeBench.StartAsync(("Public:BaseUrl", "https://billing.example"));
        await using var receiver = await WebhookReceiver.StartAsync();
        await AddEndpointAsync(bench, receiver);
        await bench.OweAsync(await bench.AddCustomerAsync(1), NoticeCause.Runway, Facts);

        await bench.DeliverAsync();

        var text = MailClientTests.Read(Assert.Single(bench.Mail.Mails)).TextBody!;
        var token = text.Split("https://billing.example/pay/")[1].Split('\n', '\r', ' ')[0];
        Assert.Equal(1, (await bench.Get<CustomerLinks>().FindAsync(token, NoticeBench.Cancel))!.Value.Guest.UserId);
        Assert.DoesNotContain("/pay/", receiver.Received[0].Body, StringComparison.Ordinal);
        Assert.Contains("top up your balance: in the panel", receiver.Received[0].Body, StringComparison.Ordinal);
        Assert.Equal("notices notice 1",
            await bench.Panel.Database.ScalarAsync<string>("select created_by || ' ' || reason from cron_service.customer_links"));
    }

    // It has done its work and died before the outbox knew: the row of the panel is there once, and what left the house has the same id.
    [Fact]
    public async Task A_delivery_whose_process_died_before_its_note_repeats_with_the_same_id_and_writes_one_row()
    {
        await using var bench = await NoticeBench.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await AddEndpointAsync(bench, receiver);
        await bench.OweAsync(await bench.AddCustomerAsync(1), NoticeCause.Runway, Facts);
        await bench.DeliverAsync();

        await bench.Panel.Database.ExecuteAsync("update cron_service.outbox set state = 'pending', closed_at = null");
        await bench.DeliverAsync();

        Assert.Equal(1, await bench.Panel.Database.ScalarAsync<long>("select count(*) from public.notifications"));
        Assert.Equal(2, bench.Mail.Mails.Count);
        Assert.Single(bench.Mail.Mails.Select(mail => MailClientTests.Read(mail).MessageId).Distinct());
        Assert.Single(receiver.Received.Select(webhook => webhook.Id).Distinct());
    }

    [Fact]
    public async Task What_no_channel_can_deliver_is_discarded_with_its_reason()
    {
        await using var bench = await NoticeBench.StartAsync(("Mail:Host", ""), ("Mail:From", null!));
        await bench.Panel.Database.ExecuteAsync("drop table public.notifications");
        var id = await bench.OweAsync(await bench.AddCustomerAsync(1), NoticeCause.DebitHeld, """{"amount":1,"tokens":100}""");

        await bench.DeliverAsync();

        Assert.Equal(["panel discarded: the panel's list is off: it has no table notifications",
            "mail discarded: mail is off: Mail:Host is not set"], await bench.DeliveriesAsync(id));
    }

    [Fact]
    public async Task A_table_of_another_shape_gets_what_it_has_columns_for_or_says_why_not()
    {
        await using var bench = await NoticeBench.StartAsync();
        await bench.Panel.Database.ExecuteAsync(
            "drop table public.notifications; create table public.notifications (user_id integer, title text, message text)");
        var account = await bench.AddCustomerAsync(1);
        var first = await bench.OweAsync(account, NoticeCause.Resumed, """{"servers":[1]}""");
        await bench.DeliverAsync();
        Assert.Equal("panel delivered", (await bench.DeliveriesAsync(first))[0]);

        await bench.Panel.Database.ExecuteAsync(
            "alter table public.notifications add priority integer not null default 1; alter table public.notifications alter priority " +
            "drop default");
        var second = await bench.OweAsync(account, NoticeCause.Resumed, """{"servers":[2]}""");
        await bench.DeliverAsync();
        Assert.StartsWith("panel discarded: the panel's notifications refused it: null value in column \"priority\"",
            (await bench.DeliveriesAsync(second))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_recipient_is_discarded_with_the_answer_and_the_next_customer_is_told()
    {
        await using var bench = await NoticeBench.StartAsync();
        bench.Mail.Faults.Refuse("u1@example.com");
        var (first, second) = (await bench.OweAsync(await bench.AddCustomerAsync(1), NoticeCause.Runway, Facts),
            await bench.OweAsync(await bench.AddCustomerAsync(2), NoticeCause.Runway, Facts));

        await bench.DeliverAsync();

        Assert.Contains("mail discarded: the mail server answered 550: 5.1.1 no such user", await bench.DeliveriesAsync(first));
        Assert.Contains("mail delivered", await bench.DeliveriesAsync(second));
    }

    [Fact]
    public async Task A_mail_server_that_is_down_costs_one_attempt_and_the_others_wait_uncounted()
    {
        await using var bench = await NoticeBench.StartAsync();
        bench.Mail.GoDown();
        foreach (var user in new[] { 1, 2, 3 })
            await bench.OweAsync(await bench.AddCustomerAsync(user), NoticeCause.Runway, Facts);

        await bench.DeliverAsync();
        Assert.Equal(1, await bench.Panel.Database.ScalarAsync<long>(
            "select sum(attempts) from cron_service.outbox where kind = 'notice-mail' and state = 'pending'"));

        bench.Mail.Listen();
        await bench.DueAsync();
        await bench.DeliverAsync(bench.Panel.StartApp(NoticeBench.Settings(bench.Mail))); // Another process has not seen it down.
        Assert.Equal(3, bench.Mail.Mails.Count);
    }

    [Fact]
    public async Task Who_is_gone_from_the_panel_is_not_written_to()
    {
        await using var bench = await NoticeBench.StartAsync();
        var id = await bench.OweAsync(await bench.AddCustomerAsync(1), NoticeCause.Runway, Facts);
        await bench.Panel.Database.ExecuteAsync("delete from public.users where id = 1");

        await bench.DeliverAsync();

        Assert.Equal(["panel discarded: the panel's user no longer exists", "mail discarded: the panel's user no longer exists"],
            await bench.DeliveriesAsync(id));
    }

    [Fact]
    public async Task An_endpoint_that_gives_no_answer_is_paused_for_all_its_messages_and_one_that_is_deleted_gets_none()
    {
        await using var bench = await NoticeBench.StartAsync();
        var receiver = await WebhookReceiver.StartAsync();
        await AddEndpointAsync(bench, receiver);
        await receiver.DisposeAsync();
        var first = await bench.OweAsync(await bench.AddCustomerAsync(1), NoticeCause.Runway, Facts);
        await bench.DeliverAsync();
        var second = await bench.OweAsync(await bench.AddCustomerAsync(2), NoticeCause.Runway, Facts);
        await bench.DeliverAsync();

        Assert.StartsWith("webhook pending: the endpoint can't be reached", (await bench.DeliveriesAsync(first))[2],
            StringComparison.Ordinal);
        Assert.Equal("webhook pending: the endpoint gave no answer shortly before", (await bench.DeliveriesAsync(second))[2]);
        await bench.Get<WebhookEndpoints>().DeleteAsync(NoticeBench.Tester, 1);
        await bench.DueAsync();
        await bench.DeliverAsync();
        Assert.Equal("webhook discarded: its endpoint was deleted", (await bench.DeliveriesAsync(second))[2]);
    }

    [Fact]
    public async Task A_rotated_secret_signs_beside_the_one_before_until_that_ends()
    {
        await using var bench = await NoticeBench.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        var before = await AddEndpointAsync(bench, receiver);
        var newest = (await bench.Panel.Database.InOneAsync(transaction =>
            bench.Get<WebhookEndpoints>().RotateAsync(transaction.Connection!, NoticeBench.Tester, 1, TimeSpan.FromHours(1),
                NoticeBench.Cancel)))!.Value.Secret;
        var account = await bench.AddCustomerAsync(1);

        await bench.OweAsync(account, NoticeCause.Runway, Facts);
        await bench.DeliverAsync();
        await bench.Panel.Database.ExecuteAsync("update cron_service.webhook_endpoints set previous_secret_until = now()");
        await bench.OweAsync(account, NoticeCause.Runway, Facts);
        await bench.DeliverAsync();

        receiver.Received[0].Verify(newest);
        receiver.Received[0].Verify(before, signature: 1);
        receiver.Received[1].Verify(newest);
        Assert.Single(receiver.Received[1].Signatures);
        Assert.Equal(0, await bench.Panel.Database.ScalarAsync<long>(
            "select count(*) from cron_service.secrets where ciphertext like '%whsec%'"));
    }

    internal static async Task<string> AddEndpointAsync(NoticeBench bench, WebhookReceiver receiver)
    {
        var secret = bench.Get<WebhookEndpoints>().Prepare();
        Assert.NotNull(await bench.Panel.Database.InOneAsync(transaction =>
            WebhookEndpoints.CreateAsync(transaction.Connection!, NoticeBench.Tester, receiver.Address, null, secret)));
        return secret.Secret;
    }
}
