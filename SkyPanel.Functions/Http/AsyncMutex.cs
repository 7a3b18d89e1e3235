namespace SkyPanel.Functions.Http;

/// <summary>Runs the work of <typeparamref name="T"/> for one caller at a time in this process. Waiting callers hold no
/// connection.</summary>
/// <typeparam name="T">The class that owns the mutex; each has its own.</typeparam>
public sealed class AsyncMutex<T> : IDisposable
{
    private readonly SemaphoreSlim _free = new(1);

    public async Task<TResult> RunAsync<TResult>(Func<Task<TResult>> work, CancellationToken ct)
    {
        await _free.WaitAsync(ct);
        try
        {
            return await work();
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}
