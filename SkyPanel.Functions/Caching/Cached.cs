using System.Runtime.ExceptionServices;

namespace SkyPanel.Functions.Caching;

/// <summary>Caches one value for a limited time. Concurrent callers share one read, and its failure.</summary>
/// <param name="maxAge">The maximum age of the value, counted from before it was read.</param>
public sealed class Cached<T>(TimeSpan maxAge, Func<CancellationToken, Task<T>> read, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1);
    private readonly Lock _gate = new();
    private volatile Reading? _last;
    private volatile ExceptionDispatchInfo? _failure;
    private int _changes;

    /// <param name="version">The version of the source: a value of another version is not used, whatever its age.</param>
    public async Task<T> GetAsync(CancellationToken ct, long version = 0)
    {
        if (Find(version) is { } cached)
            return cached.Value;
        var failedBefore = _failure;
        await _reading.WaitAsync(ct);
        try
        {
            if (Find(version) is { } fresh)
                return fresh.Value;
            // Otherwise those that wait would fail one after the other, each after a time-out of its own.
            if (_failure != failedBefore)
                _failure!.Throw();
            var (readAt, changes) = (time.GetTimestamp(), Volatile.Read(ref _changes));
            var value = await ReadAsync(ct);
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

    /// <summary>Drops the value after a change by this process; a read under way is not cached.</summary>
    public void Invalidate()
    {
        lock (_gate)
        {
            _changes++;
            _last = null;
        }
    }

    public void Dispose() => _reading.Dispose();

    private async Task<T> ReadAsync(CancellationToken ct)
    {
        try
        {
            return await read(ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    private Reading? Find(long version) =>
        _last is { } last && last.Version == version && time.GetElapsedTime(last.ReadAt) < maxAge ? last : null;

    private sealed record Reading(long ReadAt, long Version, T Value);
}
