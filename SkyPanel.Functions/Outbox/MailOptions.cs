using System.Net;
using MimeKit;

namespace SkyPanel.Functions.Outbox;

/// <summary>Section <c>Mail</c>: the SMTP server for mails to customers. Checked at start.</summary>
public sealed class MailOptions : IValidatableObject
{
    private const string StartTls = "StartTls", Tls = "Tls", None = "None";

    /// <summary>The server's name or address. Default: none; no mail is sent.</summary>
    public string? Host { get; set; }

    /// <summary>The server's port, 1 to 65535. Default: 587 with <c>StartTls</c>, 465 with <c>Tls</c>, 25 with <c>None</c>.</summary>
    public int? Port { get; set; }

    /// <summary><c>StartTls</c>, <c>Tls</c>, or <c>None</c>, which is allowed for loopback only. Default: <c>StartTls</c>.</summary>
    public string Security { get; set; } = StartTls;

    /// <summary>The name to log in with. Default: none; no login.</summary>
    public string? User { get; set; }

    /// <summary>The password of <see cref="User"/>. A secret.</summary>
    public string? Password { get; set; }

    /// <summary>The sender, such as <c>Example Hosting &lt;billing@example.com&gt;</c>; required with a host.</summary>
    public string? From { get; set; }

    internal bool IsConfigured => !string.IsNullOrWhiteSpace(Host);

    internal MailSecurity Encryption => Enum.Parse<MailSecurity>(Security);

    public int PortInUse => Port ?? Encryption switch { MailSecurity.Tls => 465, MailSecurity.StartTls => 587, _ => 25 };

    internal MailboxAddress Sender => MailboxAddress.Parse(From!);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Security is not (StartTls or Tls or None))
            yield return new($"Mail:Security '{Security}' must be {StartTls}, {Tls} or {None}.", [nameof(Security)]);
        if (Port is < 1 or > 65535)
            yield return new($"Mail:Port '{Port}' must be 1 to 65535.", [nameof(Port)]);
        if (string.IsNullOrEmpty(User) != string.IsNullOrEmpty(Password))
            yield return new($"Mail:{(string.IsNullOrEmpty(User) ? "User" : "Password")} is missing: a user and a password belong " +
                $"together.", [nameof(User)]);
        if (From is not null && !(MailboxAddress.TryParse(From, out var from)
            && from.Address.Split('@') is [{ Length: > 0 }, { Length: > 0 }]))
            yield return new($"Mail:From '{From}' must be an address such as billing@example.com or Example Hosting <billing@example.com>.",
                [nameof(From)]);
        if (!IsConfigured)
        {
            if (From is not null || User is not null)
                yield return new("Mail:Host is missing: without it no mail is sent, and the other settings of Mail mean nothing.",
                    [nameof(Host)]);
            yield break;
        }
        if (Uri.CheckHostName(Host) == UriHostNameType.Unknown)
            yield return new($"Mail:Host '{Host}' must be a host name or an IP address, without a port.", [nameof(Host)]);
        if (Security == None && !IsLoopback)
            yield return new("Mail:Security 'None' is allowed for a Mail:Host on loopback only: mail and password would be readable on " +
                "their way.", [nameof(Security)]);
        if (string.IsNullOrWhiteSpace(From))
            yield return new("Mail:From is missing: it is required with Mail:Host.", [nameof(From)]);
    }

    private bool IsLoopback => Host == "localhost" || IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address);
}

/// <summary>The encryption of the connection to the mail server.</summary>
public enum MailSecurity
{
    /// <summary>No encryption.</summary>
    None,

    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>TLS by the command STARTTLS, which the server must support.</summary>
    StartTls,
}
