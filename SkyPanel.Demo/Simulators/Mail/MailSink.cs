using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;

namespace SkyPanel.Demo.Simulators.Mail;

/// <summary>A mail server on 127.0.0.1 that keeps all mails and forwards none, with faults on demand. <see cref="Address"/> shows
/// the mails.</summary>
public sealed class MailSink : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ReceivedMail> _mails = [];
    private readonly ConcurrentDictionary<Task, bool> _sessions = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly WebApplication _pages;
    private readonly string? _password;
    private readonly MailTls? _tls;
    private TcpListener? _listener;
    private int _received;

    private MailSink(string? password, MailTls? tls, int pagesPort)
    {
        (_password, _tls) = (password, tls);
        _pages = LoopbackServer.Make(pagesPort);
        _pages.UseRouting();
        MailPages.Map(_pages, this);
    }

    /// <summary>The SMTP port.</summary>
    public int Port { get; private set; }

    /// <summary>The HTTP address of the mails, without a slash at the end.</summary>
    public string Address { get; private set; } = "";

    public MailFaults Faults { get; } = new();

    /// <summary>All received mails, the oldest first.</summary>
    public IReadOnlyList<ReceivedMail> Mails
    {
        get
        {
            lock (_gate)
                return [.. _mails];
        }
    }

    /// <param name="password">The password of clients; null when no login is needed.</param>
    /// <param name="port">The SMTP port; 0 for a free one.</param>
    /// <param name="pagesPort">The HTTP port; 0 for a free one.</param>
    /// <param name="tls">The encryption; null for none.</param>
    public static async Task<MailSink> StartAsync(string? password = null, int port = 0, int pagesPort = 0, MailTls? tls = null,
        CancellationToken ct = default)
    {
        var sink = new MailSink(password, tls, pagesPort) { Port = port };
        try
        {
            sink.Listen();
            sink.Address = await sink._pages.ServeAsync(ct);
            return sink;
        }
        catch
        {
            await sink.DisposeAsync();
            throw;
        }
    }

    /// <summary>Accepts connections; after <see cref="GoDown"/> again on the same port.</summary>
    public void Listen()
    {
        if (_listener is not null)
            return;
        var listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    /// <summary>Refuses connections.</summary>
    public void GoDown()
    {
        _listener?.Stop();
        _listener = null;
    }

    /// <summary>Deletes all mails.</summary>
    public void Empty()
    {
        lock (_gate)
            _mails.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        GoDown();
        await _stopping.CancelAsync();
        await Task.WhenAll(_sessions.Keys);
        await _pages.StopAsync(new CancellationToken(canceled: true));
        await _pages.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var session = ServeAsync(await listener.AcceptTcpClientAsync(_stopping.Token));
                _sessions[session] = true;
                _ = session.ContinueWith(done => _sessions.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) // The sink stops.
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var session = new MailSession(client.GetStream(), Faults, _password, _tls, Keep);
                await session.RunAsync(_stopping.Token);
            }
            // The client hung up or refused the certificate, or the sink stops.
            catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
            {
            }
        }
    }

    private ReceivedMail Keep(string? user, string from, string to, string data)
    {
        lock (_gate)
        {
            var mail = new ReceivedMail(++_received, TimeProvider.System.GetUtcNow(), user, from, to, data);
            _mails.Add(mail);
            return mail;
        }
    }
}
