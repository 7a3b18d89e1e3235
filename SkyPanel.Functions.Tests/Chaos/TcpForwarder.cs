using System.Net;
using System.Net.Sockets;

namespace SkyPanel.Functions.Tests.Chaos;

/// <summary>A network connection that can be cut: forwards a fixed port of 127.0.0.1 to another port, which may change.</summary>
internal sealed class TcpForwarder : IAsyncDisposable
{
    private enum State { Open, Refused, Silent }

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _sockets = [];
    private readonly CancellationTokenSource _closed = new();
    private State _state = State.Open;
    private Socket? _listener;

    public TcpForwarder(int target)
    {
        Target = target;
        _listener = Listen(0);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = AcceptAsync(_listener);
    }

    public int Port { get; }

    /// <summary>The destination of new connections.</summary>
    public int Target { get; set; }

    /// <summary>Cuts all connections, and refuses new ones.</summary>
    public void Refuse()
    {
        lock (_gate)
        {
            _state = State.Refused;
            _listener?.Dispose();
            _listener = null;
            Drop();
        }
    }

    /// <summary>Drops all data without closing connections.</summary>
    public void Silence()
    {
        lock (_gate)
            _state = State.Silent;
    }

    /// <summary>Cuts all connections, and accepts new ones.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            foreach (var socket in _sockets)
                Close(socket);
            _sockets.Clear();
        }
    }

    /// <summary>Works again. Connections with dropped data are cut.</summary>
    public async Task RestoreAsync()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_state == State.Silent)
                    Drop();
                _state = State.Open;
                if (_listener is not null || _closed.IsCancellationRequested)
                    return;
                try
                {
                    _listener = Listen(Port);
                    _ = AcceptAsync(_listener);
                    return;
                }
                catch (SocketException) // An outgoing connection uses the port for a moment.
                {
                }
            }
            await Task.Delay(RetryAfter, TimeProvider.System, _closed.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        Refuse();
        _closed.Dispose();
    }

    private static Socket Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            listener.Listen(512);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
                _ = ForwardAsync(await listener.AcceptAsync());
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ForwardAsync(Socket caller)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            caller.NoDelay = true;
            lock (_gate)
            {
                if (_state == State.Refused)
                    return;
                _sockets.Add(caller);
                _sockets.Add(server);
            }
            await server.ConnectAsync(IPAddress.Loopback, Target);
            await Task.WhenAll(PumpAsync(caller, server), PumpAsync(server, caller));
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
        finally
        {
            lock (_gate)
            {
                _sockets.Remove(caller);
                _sockets.Remove(server);
            }
            Close(caller);
            Close(server);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int length;
            while ((length = await from.ReceiveAsync(buffer)) > 0)
            {
                if (_state == State.Silent)
                    continue;
                for (var sent = 0; sent < length;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, length - sent));
            }
        }
        finally // When one side ends, so does the other.
        {
            Close(from);
            Close(to);
        }
    }

    // With a reset, so that data in transit is dropped.
    private static void Close(Socket socket)
    {
        try
        {
            socket.LingerState = new(true, 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
        }
        socket.Dispose();
    }
}
