namespace SkyPanel.Functions.Jobs;

/// <summary>Limits the concurrent scheduled runs of this process, first come, first served. Runs wait for a slot before they claim an
/// occurrence, so that another process may start it.</summary>
public sealed class RunSlots(int runs, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _free = new(runs);

    /// <param name="maxWait">The maximum wait.</param>
    /// <returns>Whether a slot was taken, which the caller releases.</returns>
    public async Task<bool> TakeAsync(TimeSpan maxWait, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(maxWait, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            await _free.WaitAsync(ends.Token);
            return true;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Release() => _free.Release();

    public void Dispose() => _free.Dispose();
}
