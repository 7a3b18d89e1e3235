namespace SkyPanel.Functions.Http;

/// <summary>One at a time in this process. Who waits has no connection: whatever the number of callers, they leave the database to the others.</summary>
public sealed class Turn : IDisposable
{
    private readonly SemaphoreSlim _free = new(1);

    public async Task<T> TakeAsync<T>(Func<Task<T>> act, CancellationToken ct)
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
