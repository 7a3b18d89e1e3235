using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using MimeKit.Text;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Outbox;

/// <summary>Sends mails by SMTP, one at a time, each over its own connection. After a failure of the server it pauses for a
/// minute.</summary>
public sealed class MailClient(IOptions<MailOptions> options, AsyncMutex<MailClient> mutex, TimeProvider time)
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10), PauseAfterFailure = TimeSpan.FromMinutes(1);

    private volatile Failure? _lastFailure;

    /// <summary>Whether a server is configured.</summary>
    public bool IsConfigured => options.Value.IsConfigured;

    /// <summary>The rest of the pause, and the reason; null when mail may be sent.</summary>
    public (TimeSpan Wait, string Reason)? Pause =>
        _lastFailure is var (until, reason) && until - time.GetUtcNow() is { Ticks: > 0 } wait ? (wait, reason) : null;

    /// <summary>Sends a mail, within a time limit that begins with its turn. Never throws for failures of the server or the
    /// network.</summary>
    /// <remarks>Not cancellable, as a mail that was accepted would be sent again.</remarks>
    public async Task<AttemptOutcome> SendAsync(OutgoingMail mail) => AddressOf(mail) is { } recipient
        ? await mutex.RunAsync(() => SendInTurnAsync(mail, recipient), CancellationToken.None)
        : new AttemptOutcome.Discarded("the recipient's address is malformed");

    /// <summary>Connects and logs in, without sending.</summary>
    /// <returns>The problem; null when there is none.</returns>
    public async Task<string?> ProbeAsync(CancellationToken ct)
    {
        using var client = new SmtpClient();
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var problem = await TryConnectAsync(client, either.Token);
        ct.ThrowIfCancellationRequested();
        return problem;
    }

    private async Task<AttemptOutcome> SendInTurnAsync(OutgoingMail mail, MailboxAddress recipient)
    {
        if (Pause is var (wait, why))
            return new AttemptOutcome.PutOff(wait, why);
        var outcome = await TrySendAsync(Compose(mail, recipient));
        if (outcome is AttemptOutcome.Failed(var reason, IsUnreachable: true))
            _lastFailure = new(time.GetUtcNow() + PauseAfterFailure, reason);
        return outcome;
    }

    // Accepts only a plain address: no name, no list, no line break.
    private static MailboxAddress? AddressOf(OutgoingMail mail) =>
        MailboxAddress.TryParse(mail.To, out var parsed) && parsed.Address == mail.To && !mail.To.Any(char.IsControl)
            && parsed.Address.Contains('@', StringComparison.Ordinal)
            ? new(mail.Name, mail.To) : null;

    private MimeMessage Compose(OutgoingMail mail, MailboxAddress recipient)
    {
        var sender = options.Value.Sender;
        var message = new MimeMessage([sender], [recipient], OneLine.Of(mail.Subject), new MultipartAlternative
        {
            new TextPart(TextFormat.Plain) { Text = mail.Text }, new TextPart(TextFormat.Html) { Text = mail.Html },
        })
        {
            MessageId = $"{mail.MessageKey}@{sender.Domain}",
            Date = time.GetUtcNow(),
        };
        // Suppresses automatic replies.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        return message;
    }

    private async Task<AttemptOutcome> TrySendAsync(MimeMessage message)
    {
        using var client = new SmtpClient();
        using var limit = new CancellationTokenSource(TimeLimit, time);
        if (await TryConnectAsync(client, limit.Token) is { } reason)
            return new AttemptOutcome.Failed(reason, IsUnreachable: true);
        try
        {
            await client.SendAsync(message, limit.Token);
        }
        catch (SmtpCommandException e)
        {
            return Classify(e);
        }
        catch (NotSupportedException e) // The server takes no addresses beyond ASCII.
        {
            return new AttemptOutcome.Discarded(OneLine.Of(e.Message));
        }
        catch (Exception e) when (IsTrouble(e))
        {
            return new AttemptOutcome.Failed(Describe(e), IsUnreachable: true);
        }
        await LeaveAsync(client, limit.Token);
        return new AttemptOutcome.Settled();
    }

    private async Task<string?> TryConnectAsync(SmtpClient client, CancellationToken ct)
    {
        var mail = options.Value;
        try
        {
            // Checks certificates like the app's HTTP clients, without revocation lists, as an unavailable list would stop all
            // mail.
            client.CheckCertificateRevocation = false;
            await client.ConnectAsync(mail.Host!, mail.PortInUse, mail.Encryption switch
            {
                MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
                MailSecurity.StartTls => SecureSocketOptions.StartTls,
                _ => SecureSocketOptions.None,
            }, ct);
            if (!string.IsNullOrEmpty(mail.User))
                await client.AuthenticateAsync(mail.User, mail.Password!, ct);
            return null;
        }
        // The exception's message may contain sent data.
        catch (AuthenticationException)
        {
            return "the mail server refuses Mail:User or Mail:Password";
        }
        catch (NotSupportedException) when (!client.IsConnected)
        {
            return "the mail server doesn't offer STARTTLS";
        }
        catch (NotSupportedException)
        {
            return "the mail server doesn't offer a log-in, and Mail:User is set";
        }
        catch (SmtpCommandException e)
        {
            return Describe(e);
        }
        catch (Exception e) when (IsTrouble(e))
        {
            return Describe(e);
        }
    }

    // The server accepted the mail: later failures of the connection don't matter.
    private static async Task LeaveAsync(SmtpClient client, CancellationToken ct)
    {
        try
        {
            await client.DisconnectAsync(quit: true, ct);
        }
        catch (Exception e) when (e is SmtpCommandException || IsTrouble(e))
        {
        }
    }

    // A refused sender is a wrong setting: the mail is sent after its correction.
    private static AttemptOutcome Classify(SmtpCommandException e) =>
        (int)e.StatusCode >= 500 && e.ErrorCode is SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted
            ? new AttemptOutcome.Discarded(Describe(e)) : new AttemptOutcome.Failed(Describe(e));

    private static bool IsTrouble(Exception e) =>
        e is IOException or SocketException or SslHandshakeException or ProtocolException or TimeoutException
            or OperationCanceledException;

    private static string Describe(Exception e) => e switch
    {
        SmtpCommandException command => $"the mail server answered {(int)command.StatusCode}: {OneLine.Of(command.Message)}",
        OperationCanceledException or TimeoutException => $"the mail server gave no answer within {TimeLimit.TotalSeconds:0} s",
        SslHandshakeException => "the mail server's certificate or TLS version isn't accepted",
        SocketException socket => $"the mail server can't be reached ({socket.SocketErrorCode})",
        _ => "the mail server broke off the connection",
    };

    private sealed record Failure(DateTimeOffset PausedUntil, string Reason);
}
