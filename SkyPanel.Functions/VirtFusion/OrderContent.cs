using System.Net;
using System.Net.Http.Headers;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>Writes the body of a request that changes a wallet or suspends a server: at most once, and never after its deadline.</summary>
/// <remarks>The headers announce the length, so nothing can act on the request before a byte of this body is written:
/// <see cref="HasStarted"/> separates a certain failure from one in doubt.</remarks>
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

    /// <summary>True from just before the first byte is written. From then on only an answer shows the outcome.</summary>
    public bool HasStarted => _hasStarted;

    /// <summary>True when the body was not written because the deadline had passed.</summary>
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
        // SocketsHttpHandler doesn't retry on a stale connection once it has read the body. This check doesn't rely on that.
        if (_hasStarted)
            throw new InvalidOperationException("The order was already written once and is not sent twice.");

        // Checked as late as possible: a process that was frozen before wakes up here, when another may have taken over.
        if (_deadline.HasPassed)
        {
            _wasTooLate = true;
            throw new DeadlinePassedException();
        }

        _hasStarted = true;
        await stream.WriteAsync(_json, cancellationToken);
    }
}

/// <summary>Thrown when the deadline passed before anything was sent.</summary>
internal sealed class DeadlinePassedException() : Exception("The deadline passed before the order was written.");
