using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using SkyPanel.Functions.Tests.FunctionsHost.Protocol;

namespace SkyPanel.Functions.Tests.FunctionsHost;

/// <summary>The host's end of the gRPC stream to its worker.</summary>
internal sealed class WorkerChannel : FunctionRpc.FunctionRpcBase
{
    private readonly Channel<StreamingMessage> _toWorker = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _waiting = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the worker has connected.</summary>
    public Task Started => _started.Task;

    /// <summary>Sends a message and waits for the worker's answer.</summary>
    public async Task<StreamingMessage> AskAsync(StreamingMessage request, CancellationToken ct)
    {
        request.RequestId = Guid.NewGuid().ToString();
        var answer = _waiting.GetOrAdd(request.RequestId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        Tell(request);
        return await answer.Task.WaitAsync(ct);
    }

    /// <summary>Sends a message without an answer.</summary>
    public void Tell(StreamingMessage message) => Assert.True(_toWorker.Writer.TryWrite(message));

    public override async Task EventStream(IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        var sending = SendAsync(responseStream, context.CancellationToken);
        try
        {
            while (await requestStream.MoveNext(context.CancellationToken))
                Take(requestStream.Current);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException) // The worker's process has ended.
        {
        }
        _toWorker.Writer.TryComplete();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task SendAsync(IServerStreamWriter<StreamingMessage> stream, CancellationToken ct)
    {
        await foreach (var message in _toWorker.Reader.ReadAllAsync(ct))
            await stream.WriteAsync(message, ct);
    }

    private void Take(StreamingMessage message)
    {
        if (message.ContentCase == StreamingMessage.ContentOneofCase.StartStream)
            _started.TrySetResult();
        else if (_waiting.TryRemove(message.RequestId, out var waiting)) // Log messages answer no request.
            waiting.TrySetResult(message);
    }
}
