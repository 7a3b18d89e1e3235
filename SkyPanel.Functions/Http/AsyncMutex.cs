namespace SkyPanel.Functions.Http;

/// <summary>Lets one caller at a time in this process do what <typeparamref name="T"/> does. Waiting callers hold no connection.</summary>
/// <typeparam name="T">The class that owns the mutex; each has its own.</typeparam>
public sealed class AsyncMutex<T> : IDisposable
{
    private readonly SemaphoreSlim _free = new(1);

    public async Task<TResult> RunAsync<TResult>(Func<Task<TResult>> act, CancellationToken ct)
    {
        await _free.WaitAsync(ct);
        try
        {
            return await act();
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}
