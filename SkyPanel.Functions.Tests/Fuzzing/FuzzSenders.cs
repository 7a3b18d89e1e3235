namespace SkyPanel.Functions.Tests.Fuzzing;

/// <summary>Callers that ask side by side, each on a connection that it keeps as long as the app does.</summary>
internal sealed class FuzzSenders(Uri address, int count, TimeSpan lieAnsweredWithin) : IDisposable
{
    private readonly RawConnection?[] _kept = new RawConnection?[count];

    /// <param name="onAnswer">Null: the connection ended without one. Called from many threads; what it throws ends all.</param>
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
                foreach (var answer in request.IsLie ? await LieAsync(request, ct) : [await AskAsync(sender, request, ct)])
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
        // A kept connection may have ended since; then nothing was answered, and nothing was done.
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

    // All that comes: the app may see several requests where we see one. What it goes on waiting for, it is told that it won't get.
    private async Task<List<RawAnswer?>> LieAsync(FuzzRequest request, CancellationToken ct)
    {
        using var connection = await RawConnection.OpenAsync(address, ct);
        await connection.SendAsync(request.Bytes, ct);
        if (!await connection.AnswersWithinAsync(lieAnsweredWithin))
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
