using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>The body of an order that moves a wallet or suspends a server, which keeps an eye on its own sending: it is written at
/// most once, not after its deadline, and knows whether it was.</summary>
/// <remarks>The length is announced in the headers, so until a byte of this body is written nothing can act on the order, even
/// if the headers are out: <see cref="HasStarted"/> is the line between a failure that is certain and one that is in doubt.</remarks>
public sealed class OrderContent : HttpContent
{
    private readonly byte[] _json;
    private readonly SendDeadline _deadline;
    private volatile bool _hasStarted;
    private volatile bool _wasTooLate;

    public OrderContent(Dictionary<string, object> fields, SendDeadline deadline)
    {
        _deadline = deadline;
        _json = JsonSerializer.SerializeToUtf8Bytes(fields);
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    /// <summary>True from just before the first byte is written: from then on, only an answer tells what happened.</summary>
    public bool HasStarted => _hasStarted;

    /// <summary>True when the deadline kept the body from being written.</summary>
    public bool WasTooLate => _wasTooLate;

    protected override bool TryComputeLength(out long length)
    {
        length = _json.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // SocketsHttpHandler gives up its own retry on a stale connection once it has asked for the body; this holds
        // whatever it, a proxy's challenge or a later version does.
        if (_hasStarted)
            throw new InvalidOperationException("The order was already written once and is not sent twice.");

        // The last moment that is ours: a process frozen anywhere before wakes up here, after another may have taken over.
        if (_deadline.HasPassed)
        {
            _wasTooLate = true;
            throw new DeadlinePassedException();
        }

        _hasStarted = true;
        await stream.WriteAsync(_json, cancellationToken);
    }
}

/// <summary>The deadline passed before the order was written; nothing was sent.</summary>
internal sealed class DeadlinePassedException() : Exception("The deadline passed before the order was written.");
