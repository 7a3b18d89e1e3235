using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Sends arbitrary bytes on a connection, which no HTTP client allows, and reads the answers.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(60);

    private readonly TcpClient _tcp;
    // Latin-1, so that each character is a byte.
    private readonly StreamReader _reader;

    private RawConnection(TcpClient tcp) => (_tcp, _reader) = (tcp, new(tcp.GetStream(), Encoding.Latin1));

    public static async Task<RawConnection> OpenAsync(Uri address, CancellationToken ct)
    {
        // Closes with a reset, so that no port stays in TIME_WAIT: there are fewer ports than requests.
        var tcp = new TcpClient { NoDelay = true, LingerState = new(true, 0) };
        await tcp.ConnectAsync(address.Host, address.Port, ct);
        return new(tcp);
    }

    /// <summary>Ignores errors of sending, since the answer may be there although the other side has hung up.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        try
        {
            await _tcp.GetStream().WriteAsync(bytes, ct);
        }
        catch (IOException)
        {
        }
    }

    /// <summary>Signals the end of the input.</summary>
    public void EndSending()
    {
        try
        {
            _tcp.Client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException) // The other side has hung up.
        {
        }
    }

    /// <summary>Whether data or the end of the stream arrives within that time. For the first answer only, since later ones may be
    /// buffered.</summary>
    public Task<bool> AnswersWithinAsync(TimeSpan time) => Task.Run(() => _tcp.Client.Poll(time, SelectMode.SelectRead));

    /// <returns>The answer; null if the connection ends without one.</returns>
    public async Task<RawAnswer?> ReadAsync(bool isHead, CancellationToken ct)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(AnswersWithin);
        RawAnswer? begun = null;
        try
        {
            // The preface of HTTP/2 is answered by a frame, which ends the connection.
            while (await _reader.ReadLineAsync(late.Token) is { } line && line.StartsWith("HTTP/1.", StringComparison.Ordinal))
            {
                var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                while (await _reader.ReadLineAsync(late.Token) is { Length: > 0 } header)
                {
                    var (name, value) = (header[..header.IndexOf(':', StringComparison.Ordinal)],
                        header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
                    headers[name] = headers.TryGetValue(name, out var before) ? $"{before}, {value}" : value;
                }
                var status = int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
                begun = new(status, headers, "");
                if (status >= 200)
                    return isHead || status is 204 or 304 ? begun : begun with { Body = await BodyAsync(headers, late.Token) };
            }
        }
        catch (IOException) // Reset.
        {
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (begun ?? new(0, [], "")) with { IsWhole = false };
        }
        return null;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _tcp.Dispose();
    }

    private async Task<string> BodyAsync(Dictionary<string, string> headers, CancellationToken ct)
    {
        var bytes = new StringBuilder();
        if (headers.TryGetValue("Content-Length", out var length))
            await TakeAsync(bytes, int.Parse(length, CultureInfo.InvariantCulture), ct);
        else if (headers.ContainsKey("Transfer-Encoding"))
        {
            while (await _reader.ReadLineAsync(ct) is { } size && int.Parse(size, NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                is > 0 and var count)
            {
                await TakeAsync(bytes, count, ct);
                await _reader.ReadLineAsync(ct);
            }
            await _reader.ReadLineAsync(ct);
        }
        else // As in HTTP/1.0, the body ends with the connection.
            bytes.Append(await _reader.ReadToEndAsync(ct));
        return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(bytes.ToString()));
    }

    private async Task TakeAsync(StringBuilder to, int count, CancellationToken ct)
    {
        var buffer = new char[count];
        if (count > 0) // A read of zero bytes would wait for data.
            to.Append(buffer, 0, await _reader.ReadBlockAsync(buffer, ct));
    }
}

/// <param name="Headers">The headers; repeated ones are joined by commas.</param>
internal sealed record RawAnswer(int Status, Dictionary<string, string> Headers, string Body)
{
    /// <summary>False if the answer was cut off.</summary>
    public bool IsWhole { get; init; } = true;

    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    /// <summary>The body as JSON; null if it is none.</summary>
    public System.Text.Json.Nodes.JsonNode? Json()
    {
        try
        {
            return System.Text.Json.Nodes.JsonNode.Parse(Body);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    public override string ToString() =>
        $"{Status} {string.Join("; ", Headers.Select(h => $"{h.Key}: {h.Value}"))}\n{(Body.Length > 2000 ? Body[..2000] : Body)}";
}
