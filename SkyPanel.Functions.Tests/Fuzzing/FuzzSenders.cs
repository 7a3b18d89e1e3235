namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Sends requests concurrently, each sender on a connection that it keeps open as long as the app does.</summary>
internal sealed class FuzzSenders(Uri address, int count, TimeSpan malformedAnsweredWithin) : IDisposable
{
    private readonly RawConnection?[] _kept = new RawConnection?[count];

    /// <param name="onAnswer">Called with each answer, from many threads; null if the connection ended without one. An exception ends all
    /// senders.</param>
    public async Task SendAsync(IEnumerable<FuzzRequest> requests, Action<FuzzRequest, RawAnswer?> onAnswer, CancellationToken ct)
    {
        var waiting = new Queue<FuzzRequest>(requests);
        var gate = new Lock();
        await Task.WhenAll(Enumerable.Range(0, count).Select(async sender =>
        {
            while (true)
            {
                FuzzRequest? request;
                lock (gate)
                {
                    if (!waiting.TryDequeue(out request))
                        return;
                }
                foreach (var answer in request.IsMalformed ? await SendMalformedAsync(request, ct) : [await AskAsync(sender, request, ct)])
                    onAnswer(request, answer);
            }
        }));
    }

    public void Dispose()
    {
        foreach (var connection in _kept)
            connection?.Dispose();
    }

    private async Task<RawAnswer?> AskAsync(int sender, FuzzRequest request, CancellationToken ct)
    {
        // The app may have closed the connection in the meantime; then it did not process the request.
        for (var isNew = _kept[sender] is null; ; isNew = true)
        {
            var connection = _kept[sender] ??= await RawConnection.OpenAsync(address, ct);
            await connection.SendAsync(request.Bytes, ct);
            var answer = await connection.ReadAsync(request.IsHead, ct);
            if (answer is not { IsWhole: true } || answer.Header("Connection").Contains("close", StringComparison.OrdinalIgnoreCase))
            {
                connection.Dispose();
                _kept[sender] = null;
            }
            if (answer is not null || isNew)
                return answer;
        }
    }

    // Reads all answers, since the app may see several requests in the bytes. Then the end of the input is signalled, so that it doesn't
    // wait for more.
    private async Task<List<RawAnswer?>> SendMalformedAsync(FuzzRequest request, CancellationToken ct)
    {
        using var connection = await RawConnection.OpenAsync(address, ct);
        await connection.SendAsync(request.Bytes, ct);
        if (!await connection.AnswersWithinAsync(malformedAnsweredWithin))
            connection.EndSending();
        var answers = new List<RawAnswer?>();
        while (await connection.ReadAsync(isHead: false, ct) is { } answer)
        {
            answers.Add(answer);
            if (!answer.IsWhole)
                break;
            connection.EndSending();
        }
        return answers.Count == 0 ? [null] : answers;
    }
}
