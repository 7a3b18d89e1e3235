using System.Net.Security;
using System.Text;

namespace SkyPanel.Demo.Simulators.Mail;

/// <summary>Serves one connection of an SMTP client, with the parts of RFC 5321 for receiving mail.</summary>
/// <param name="tls">The encryption; null for none. It isn't required.</param>
internal sealed class MailSession(Stream stream, MailFaults faults, string? password, MailTls? tls,
    Func<string?, string, string, string, ReceivedMail> keep)
    : IDisposable
{
    // Keeps each byte as one character.
    private StreamReader _reader = new(stream, Encoding.Latin1);
    private Stream _stream = stream;
    private readonly List<string> _recipients = [];
    private string? _user;
    private string _sender = "";

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }

    public async Task RunAsync(CancellationToken ct)
    {
        await HangAsync("CONNECT", ct);
        if (tls is { IsFromTheStart: true })
            await EncryptAsync(tls, ct);
        await SendAsync("220 mail.simulator ESMTP", ct);
        while (await _reader.ReadLineAsync(ct) is { } line)
        {
            var (command, rest) = Split(line);
            await HangAsync(command, ct);
            if (faults.AnswerTo(command) is { } other)
                await SendAsync(other, ct);
            else if (!await ObeyAsync(command, rest, ct))
                return;
        }
    }

    /// <returns>False at the end of the session.</returns>
    private async Task<bool> ObeyAsync(string command, string rest, CancellationToken ct)
    {
        switch (command)
        {
            case "EHLO":
                var auth = password is null ? "" : "250-AUTH PLAIN\r\n";
                var startTls = tls is null || _stream is SslStream ? "" : "250-STARTTLS\r\n";
                await SendAsync($"250-mail.simulator\r\n{auth}{startTls}250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10485760", ct);
                return true;
            case "STARTTLS" when tls is not null:
                await SendAsync("220 2.0.0 go on", ct);
                await EncryptAsync(tls, ct);
                return true;
            case "AUTH":
                await AuthenticateAsync(rest, ct);
                return true;
            case "MAIL":
                _sender = AddressOf(rest);
                _recipients.Clear();
                await SendAsync(password is not null && _user is null ? "530 5.7.0 authentication required" : "250 2.1.0 ok", ct);
                return true;
            case "RCPT":
                var refusal = faults.AnswerTo(AddressOf(rest));
                if (refusal is null)
                    _recipients.Add(AddressOf(rest));
                await SendAsync(refusal ?? "250 2.1.5 ok", ct);
                return true;
            case "DATA":
                return await TakeAsync(ct);
            case "QUIT":
                await SendAsync("221 2.0.0 bye", ct);
                return false;
            default:
                await SendAsync(command is "RSET" or "NOOP" or "HELO" ? "250 2.0.0 ok" : "502 5.5.2 unknown command", ct);
                return true;
        }
    }

    private async Task EncryptAsync(MailTls with, CancellationToken ct)
    {
        var encrypted = new SslStream(_stream);
        _stream = encrypted;
        await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = with.Certificate }, ct);
        _reader = new(encrypted, Encoding.Latin1);
    }

    private async Task AuthenticateAsync(string rest, CancellationToken ct)
    {
        var (mechanism, response) = Split(rest);
        if (mechanism != "PLAIN")
        {
            await SendAsync("504 5.5.4 unknown mechanism", ct);
            return;
        }
        if (response.Length == 0)
        {
            await SendAsync("334 ", ct);
            response = await _reader.ReadLineAsync(ct) ?? "";
        }
        if (Encoding.UTF8.GetString(Convert.FromBase64String(response)).Split('\0') is [_, var user, var given] && given == password)
            _user = user;
        await SendAsync(_user is null ? "535 5.7.8 authentication failed" : "235 2.7.0 ok", ct);
    }

    private async Task<bool> TakeAsync(CancellationToken ct)
    {
        if (_recipients.Count == 0)
        {
            await SendAsync("503 5.5.1 no recipient", ct);
            return true;
        }
        await SendAsync("354 go on", ct);
        var data = new StringBuilder();
        while (await _reader.ReadLineAsync(ct) is { } line && line != ".")
            data.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        foreach (var recipient in _recipients)
            keep(_user, _sender, recipient, data.ToString());
        if (faults.LosesNextAnswer)
        {
            faults.LosesNextAnswer = false;
            return false;
        }
        await SendAsync("250 2.0.0 kept", ct);
        return true;
    }

    private async Task SendAsync(string answer, CancellationToken ct) =>
        await _stream.WriteAsync(Encoding.Latin1.GetBytes($"{answer}\r\n"), ct);

    private Task HangAsync(string command, CancellationToken ct) =>
        command == faults.HangsAt ? faults.HangAsync(ct) : Task.CompletedTask;

    private static (string Word, string Others) Split(string line) =>
        line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end ? (line[..end].ToUpperInvariant(), line[(end + 1)..])
            : (line.ToUpperInvariant(), "");

    private static string AddressOf(string rest) =>
        rest.IndexOf('<', StringComparison.Ordinal) is >= 0 and var from
            && rest.IndexOf('>', from) is > 0 and var until ? rest[(from + 1)..until] : "";
}
