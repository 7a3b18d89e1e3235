using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using SkyPanel.Functions.Outbox;
using SkyPanel.Demo.Simulators.Mail;

namespace SkyPanel.Functions.Tests.Outbox;

public sealed class MailClientTests
{
    private const string Password = "the-password-of-the-mail-server";
    private static readonly OutgoingMail Mail = new("notice-5", "ada@example.com", "Ada \"<b>\" Lovelace ✓", "Your balance lasts 24 hours",
        "Plain ✓", "<p>Markup ✓</p>");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_arrives_as_text_and_as_markup_under_an_id_of_its_own()
    {
        await using var sink = await MailSink.StartAsync(Password, ct: Cancel);
        var client = ClientOf(sink, "billing", Password);

        Assert.IsType<AttemptOutcome.Settled>(await client.SendAsync(Mail));
        Assert.IsType<AttemptOutcome.Settled>(await client.SendAsync(Mail));

        Assert.Equal(2, sink.Mails.Count);
        var mail = sink.Mails[0];
        Assert.Equal(("billing", "billing@hosting.example", "ada@example.com"), (mail.User, mail.From, mail.To));
        var message = Read(mail);
        Assert.Equal(("notice-5@hosting.example", "Your balance lasts 24 hours", "auto-generated"),
            (message.MessageId, message.Subject, message.Headers[HeaderId.AutoSubmitted]));
        Assert.Equal("Ada \"<b>\" Lovelace ✓", message.To.Mailboxes.Single().Name);
        Assert.Equal(("Plain ✓", "<p>Markup ✓</p>"), (message.TextBody!.TrimEnd(), message.HtmlBody!.TrimEnd()));
        Assert.Equal(message.MessageId, Read(sink.Mails[1]).MessageId);
    }

    [Fact]
    public async Task A_recipient_that_is_refused_for_good_is_told_apart_from_one_that_is_put_off()
    {
        await using var sink = await MailSink.StartAsync(ct: Cancel);
        var client = ClientOf(sink);

        sink.Faults.Refuse(Mail.To);
        Assert.Equal(new AttemptOutcome.Discarded("the mail server answered 550: 5.1.1 no such user"), await client.SendAsync(Mail));
        sink.Faults.Refuse(Mail.To, "451 4.7.1 greylisted");
        Assert.Equal(new AttemptOutcome.Failed("the mail server answered 451: 4.7.1 greylisted"), await client.SendAsync(Mail));
        Assert.IsType<AttemptOutcome.Settled>(await client.SendAsync(Mail with { To = "grace@example.com" }));
    }

    [Fact]
    public async Task A_sender_that_is_refused_is_tried_again_since_a_setting_mends_it()
    {
        await using var sink = await MailSink.StartAsync(ct: Cancel);
        var client = ClientOf(sink);
        sink.Faults.Answer("MAIL", "550 5.7.1 not your domain");

        Assert.IsType<AttemptOutcome.Failed>(await client.SendAsync(Mail));
    }

    [Fact]
    public async Task A_server_that_is_down_is_left_alone_for_a_minute()
    {
        await using var sink = await MailSink.StartAsync(ct: Cancel);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var client = ClientOf(sink, time: time);
        sink.GoDown();

        Assert.Equal(new AttemptOutcome.Failed("the mail server can't be reached (ConnectionRefused)", IsUnreachable: true),
            await client.SendAsync(Mail));
        sink.Listen();
        Assert.IsType<AttemptOutcome.PutOff>(await client.SendAsync(Mail));
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.IsType<AttemptOutcome.Settled>(await client.SendAsync(Mail));
    }

    [Theory]
    [InlineData("CONNECT")]
    [InlineData("EHLO")]
    [InlineData("MAIL")]
    [InlineData("DATA")]
    public async Task A_server_that_hangs_is_given_up(string command)
    {
        await using var sink = await MailSink.StartAsync(ct: Cancel);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var client = ClientOf(sink, time: time);
        sink.Faults.HangsAt = command;

        var sending = client.SendAsync(Mail);
        await sink.Faults.HangingAsync(Cancel);
        time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(new AttemptOutcome.Failed("the mail server gave no answer within 10 s", IsUnreachable: true), await sending);
    }

    [Fact]
    public async Task Mails_that_wait_for_a_slow_server_arrive_once_each()
    {
        await using var bench = await DiscordBench.StartAsync();
        await using var sink = await MailSink.StartAsync(ct: Cancel);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var client = ClientOf(sink, time: time);
        sink.Faults.HangsAt = "QUIT";
        string[] keys = ["one", "two", "three", "four"];
        foreach (var key in keys)
            await bench.OweAsync(key, key, "mail");
        var delivery = new OutboxDelivery(bench.Panel.Services.GetRequiredService<OutboxClaims>(),
            [new("mail", (_, _) => client.SendAsync(Mail))],
            time, Options.Create(new OutboxOptions()), NullLogger<OutboxDelivery>.Instance);

        var delivering = delivery.DeliverAsync(Cancel);
        foreach (var _ in keys)
        {
            await sink.Faults.HangingAsync(Cancel);
            time.Advance(TimeSpan.FromSeconds(11));
        }
        await delivering;

        Assert.Equal(keys.Length, sink.Mails.Count);
        foreach (var key in keys)
            Assert.Equal("settled after 0", await bench.StateAsync(key));
    }

    [Fact]
    public async Task A_server_without_STARTTLS_gets_neither_mail_nor_password()
    {
        await using var sink = await MailSink.StartAsync(Password, ct: Cancel);
        var client = ClientOf(sink, "billing", Password, security: "StartTls");

        Assert.Equal(new AttemptOutcome.Failed("the mail server doesn't offer STARTTLS", IsUnreachable: true),
            await client.SendAsync(Mail));
        Assert.Empty(sink.Mails);
    }

    [Fact]
    public async Task A_wrong_password_is_told_without_naming_it()
    {
        await using var sink = await MailSink.StartAsync(Password, ct: Cancel);
        var client = ClientOf(sink, "billing", "wrong-password");

        Assert.Equal("the mail server refuses Mail:User or Mail:Password", await client.ProbeAsync(Cancel));
        Assert.Equal(new AttemptOutcome.Failed("the mail server refuses Mail:User or Mail:Password", IsUnreachable: true),
            await client.SendAsync(Mail));
    }

    [Fact]
    public async Task An_answer_that_is_lost_leaves_the_mail_to_a_repeat_with_the_same_id()
    {
        await using var sink = await MailSink.StartAsync(ct: Cancel);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var client = ClientOf(sink, time: time);
        sink.Faults.LosesNextAnswer = true;

        Assert.IsType<AttemptOutcome.Failed>(await client.SendAsync(Mail));
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.IsType<AttemptOutcome.Settled>(await client.SendAsync(Mail));

        Assert.Equal(2, sink.Mails.Count);
        Assert.Single(sink.Mails.Select(mail => Read(mail).MessageId).Distinct());
    }

    [Theory]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("a@example.com, b@example.com")]
    [InlineData("Ada <a@example.com>")]
    [InlineData("a@example.com\r\nBcc: b@example.com")]
    public async Task What_is_no_address_is_refused_before_anything_is_sent(string to)
    {
        await using var sink = await MailSink.StartAsync(ct: Cancel);
        var client = ClientOf(sink);

        Assert.Equal(new AttemptOutcome.Discarded("the recipient's address is malformed"), await client.SendAsync(Mail with { To = to }));
        Assert.Empty(sink.Mails);
    }

    [Fact]
    public async Task What_a_customer_is_called_adds_no_header()
    {
        await using var sink = await MailSink.StartAsync(ct: Cancel);
        var client = ClientOf(sink);

        await client.SendAsync(Mail with { Name = "Ada\r\nBcc: b@example.com", Subject = "One\r\nX-Two: 2" });

        var message = Read(Assert.Single(sink.Mails));
        Assert.Empty(message.Bcc);
        Assert.Null(message.Headers["X-Two"]);
        Assert.Equal("One X-Two: 2", message.Subject);
    }

    internal static MimeMessage Read(ReceivedMail mail) =>
        MimeMessage.Load(new MemoryStream(System.Text.Encoding.Latin1.GetBytes(mail.Data)), Cancel);

    private static MailClient ClientOf(MailSink sink, string? user = null, string? password = null, string security = "None",
        TimeProvider? time = null) => new(
        Options.Create(new MailOptions { Host = "127.0.0.1", Port = sink.Port, Security = security, User = user, Password = password,
            From = "Example Hosting <billing@hosting.example>" }),
        new(),
        time ?? TimeProvider.System);
}
