namespace SkyPanel.Functions.Caching;

/// <summary>The last reading of something, kept for a while: when many ask for it, one reads. It is one value, so it is as large as what is
/// read and never fills up.</summary>
/// <param name="longest">From before a reading to its last use.</param>
public sealed class Cached<T>(TimeSpan longest, Func<CancellationToken, Task<T>> read, Lookups lookups, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1);
    private readonly Lock _gate = new();
    private volatile Reading? _last;
    private int _changes;

    /// <param name="version">Of what is read: a reading of another version is too old, whatever its age.</param>
    public async Task<T> GetAsync(CancellationToken ct, long version = 0)
    {
        if (Find(version) is { } kept)
            return kept.Value;
        await _reading.WaitAsync(ct);
        try
        {
            if (Find(version) is { } fresh)
                return fresh.Value;
            lookups.Missed();
            // The age counts from before the reading: what changes during it isn't kept longer.
            var (readAt, changes) = (time.GetTimestamp(), Volatile.Read(ref _changes));
            var value = await read(ct);
            lock (_gate)
            {
                if (changes == _changes)
                    _last = new(readAt, version, value);
            }
            return value;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>After a change by this process: whoever asks from now on sees it. A reading that is under way is not kept.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _changes++;
            _last = null;
        }
    }

    public void Dispose() => _reading.Dispose();

    private Reading? Find(long version)
    {
        if (_last is not { } kept || kept.Version != version || time.GetElapsedTime(kept.ReadAt) >= longest)
            return null;
        lookups.Hit();
        return kept;
    }

    private sealed record Reading(long ReadAt, long Version, T Value);
}
