using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SkyPanel.Demo.Simulators.Mail;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.Outbox;

/// <summary>Mail over TLS to a server that would take it in the clear too: never without a certificate that the machine trusts.</summary>
public sealed class MailTlsTests
{
    private const string Password = "the-password-of-the-mail-server";
    private const string Waiting = "select message from cron_service.outbox where kind = 'notice-mail' and state = 'pending'";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("StartTls", "localhost")]
    [InlineData("Tls", "localhost")]
    [InlineData("Tls", "mail.elsewhere.example")]
    public async Task A_mail_waits_for_a_certificate_that_is_trusted_and_of_that_name(string security, string name)
    {
        using var certificate = Certificate(name);
        await using var mail = await MailSink.StartAsync(Password, tls: new(certificate, security == "Tls"), ct: Cancel);
        await using var panel = await OutsidePanel.CreateAsync();
        (string, string)[] settings =
        [
            ("Mail__Host", "localhost"), ("Mail__Port", $"{mail.Port}"), ("Mail__Security", security), ("Mail__User", "billing"),
            ("Mail__Password", Password), ("Mail__From", "billing@hosting.example"),
        ];
        await using (var app = await AppProcess.StartAsync(panel.Environment(settings)))
        {
            await OweAsync(panel, app);
            await WakeUntilAsync(panel, app, $"select exists ({Waiting} and message is not null)");
        }
        Assert.Equal("the mail server's certificate or TLS version isn't accepted", await panel.ScalarAsync<string>(Waiting));
        Assert.Empty(mail.Mails);

        var trusted = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.pem");
        await File.WriteAllTextAsync(trusted, certificate.ExportCertificatePem(), Cancel);
        await panel.Database.ExecuteAsync(
            "update cron_service.outbox set message = null, next_attempt_at = now(), claimed_until = null where kind = 'notice-mail'");
        await using (var app = await AppProcess.StartAsync(panel.Environment([.. settings, ("SSL_CERT_FILE", trusted)])))
            await WakeUntilAsync(panel, app, "select not exists (select from cron_service.outbox where kind = 'notice-mail' and state = " +
                "'pending' and message is null)");
        File.Delete(trusted);

        if (name == "localhost")
            Assert.Equal(("billing", "ada@example.com"), (Assert.Single(mail.Mails).User, mail.Mails[0].To));
        else
            Assert.Empty(mail.Mails);
    }

    private static async Task OweAsync(OutsidePanel panel, AppProcess app)
    {
        await panel.Panel.AddUserAsync(1);
        await panel.Database.ExecuteAsync("""
            update public.users set email = 'ada@example.com' where id = 1;
            insert into cron_service.accounts (kind, user_id) values ('customer', 1)
            """);
        await app.PutAsync("/api/admin/customers/policy", new { notices = new { enabled = true } });
        await WakeUntilAsync(panel, app, "select enabled_since is not null from cron_service.notice_watch");
        await panel.Database.ExecuteAsync("""
            insert into cron_service.debits (account_id, kind, tokens, amount, reference, state, message, last_attempt_at)
            select id, 'debit', 150, 1.5, 'test', 'held', 'refused', now() from cron_service.accounts where user_id = 1
            """);
    }

    private static async Task WakeUntilAsync(OutsidePanel panel, AppProcess app, string sql)
    {
        await app.PostAsync("/api/admin/cron/wake");
        await panel.UntilAsync(sql);
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
