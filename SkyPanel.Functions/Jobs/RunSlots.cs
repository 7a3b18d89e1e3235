namespace SkyPanel.Functions.Jobs;

/// <summary>Room in this process for so many scheduled runs side by side, given in the order of asking. Waited for before an occurrence is
/// claimed: another process may have room for it.</summary>
public sealed class RunSlots(int runs, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _room = new(runs);

    /// <param name="patience">How long it is waited for.</param>
    /// <returns>Whether a slot was taken in that time; the caller releases it.</returns>
    public async Task<bool> TakeAsync(TimeSpan patience, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            await _room.WaitAsync(ends.Token);
            return true;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    public void GiveBack() => _room.Release();

    public void Dispose() => _room.Dispose();
}
