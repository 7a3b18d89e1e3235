using System.ComponentModel.DataAnnotations;
using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Tests.Outbox;

public sealed class MailOptionsTests
{
    private static MailOptions Good => new() { Host = "mail.example.com", User = "billing", Password = "secret-of-the-server",
        From = "Example <billing@example.com>" };

    [Fact]
    public void A_port_follows_from_how_the_connection_is_encrypted()
    {
        Assert.Empty(Problems(Good));
        Assert.Equal(587, Good.PortInUse);
        Assert.Equal(465, new MailOptions { Security = "Tls" }.PortInUse);
        Assert.Empty(Problems(new()));
    }

    [Fact]
    public void What_is_wrong_is_named_and_a_password_never()
    {
        var wrong = new (MailOptions Options, string Problem)[]
        {
            (With(o => o.Security = "None"),
                "Mail:Security 'None' is allowed for a Mail:Host on loopback only: mail and password would be readable on their way."),
            (With(o => o.Security = "starttls"), "Mail:Security 'starttls' must be StartTls, Tls or None."),
            (With(o => o.Port = 0), "Mail:Port '0' must be 1 to 65535."),
            (With(o => o.Host = "mail.example.com:25"),
                "Mail:Host 'mail.example.com:25' must be a host name or an IP address, without a port."),
            (With(o => o.Host = null), "Mail:Host is missing: without it no mail is sent, and the other settings of Mail mean nothing."),
            (With(o => o.From = null), "Mail:From is missing: it is required with Mail:Host."),
            (With(o => o.From = "billing"),
                "Mail:From 'billing' must be an address such as billing@example.com or Example Hosting <billing@example.com>."),
            (With(o => o.User = null), "Mail:User is missing: a user and a password belong together."),
            (With(o => o.Password = ""), "Mail:Password is missing: a user and a password belong together."),
        };

        Assert.All(wrong, one => Assert.Equal([one.Problem], Problems(one.Options)));
        Assert.All(wrong, one => Assert.DoesNotContain("secret", string.Join(' ', Problems(one.Options)), StringComparison.Ordinal));
        Assert.Empty(Problems(With(o => (o.Host, o.Security) = ("127.0.0.1", "None"))));
    }

    private static MailOptions With(Action<MailOptions> change)
    {
        var options = Good;
        change(options);
        return options;
    }

    private static string[] Problems(MailOptions options) =>
        [.. options.Validate(new ValidationContext(options)).Select(result => result.ErrorMessage!)];
}
