using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace SkyPanel.Functions.Tests.Health;

/// <summary>What a pooler looks like from outside: the session that it gives names another process than the one that works.</summary>
internal sealed class Pooler : IDisposable
{
    private const byte BackendKeyData = (byte)'K';
    private const int HeaderLength = 5;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;

    /// <param name="target">PostgreSQL's port. What connects must want neither TLS nor GSS.</param>
    public Pooler(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ForwardAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ForwardAsync(TcpClient caller)
    {
        using var server = new TcpClient();
        using (caller)
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            var asking = caller.GetStream().CopyToAsync(server.GetStream());
            await AnswerAsync(server.GetStream(), caller.GetStream());
            await asking;
        }
    }

    private static async Task AnswerAsync(NetworkStream server, NetworkStream caller)
    {
        byte kind;
        do
        {
            var header = new byte[HeaderLength];
            await server.ReadExactlyAsync(header);
            var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1)) - (HeaderLength - 1)];
            await server.ReadExactlyAsync(body);
            kind = header[0];
            if (kind == BackendKeyData)
                BinaryPrimitives.WriteInt32BigEndian(body, BinaryPrimitives.ReadInt32BigEndian(body) ^ 1);
            await caller.WriteAsync((byte[])[.. header, .. body]);
        }
        while (kind != BackendKeyData);
        await server.CopyToAsync(caller);
    }
}
