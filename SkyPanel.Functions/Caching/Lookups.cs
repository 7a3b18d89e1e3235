namespace SkyPanel.Functions.Caching;

/// <summary>Counts the hits and misses of a cache.</summary>
public sealed class Lookups
{
    private long _hits, _misses;

    public long Hits => Interlocked.Read(ref _hits);
    public long Misses => Interlocked.Read(ref _misses);

    public void Hit() => Interlocked.Increment(ref _hits);

    public void Missed() => Interlocked.Increment(ref _misses);
}
