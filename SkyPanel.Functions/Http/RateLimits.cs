using System.Threading.RateLimiting;

namespace SkyPanel.Functions.Http;

/// <summary>Limits requests: 300 a second per key, 300 a second per source on routes without a key and on unknown paths, and 60 wrong keys
/// a minute per source. Other requests of a source don't limit a valid key.</summary>
public sealed class RateLimits : IDisposable
{
    // Sources share this many limiters, by a hash that differs per process, so that memory is bounded. A source that shares a limiter with
    // a guesser only gets 429 instead of 401 for a wrong key.
    public const int LimiterCount = 16_384;

    private readonly PartitionedRateLimiter<string> _keys = PartitionedRateLimiter.Create<string, string>(name =>
        RateLimitPartition.GetTokenBucketLimiter(name, _ => Bucket()));

    private readonly PartitionedRateLimiter<string> _open = PartitionedRateLimiter.Create<string, int>(source =>
        RateLimitPartition.GetTokenBucketLimiter(IndexOf(source), _ => Bucket()));

    private readonly PartitionedRateLimiter<string> _unknownPaths = PartitionedRateLimiter.Create<string, int>(source =>
        RateLimitPartition.GetTokenBucketLimiter(IndexOf(source), _ => Bucket()));

    private readonly PartitionedRateLimiter<string> _guesses = PartitionedRateLimiter.Create<string, int>(source =>
        RateLimitPartition.GetFixedWindowLimiter(IndexOf(source), _ => new()
        {
            PermitLimit = 60, Window = TimeSpan.FromMinutes(1), QueueLimit = 0, AutoReplenishment = true,
        }));

    /// <summary>Counts a request of a caller with a valid key.</summary>
    public bool TryEnter(string caller, out TimeSpan retryAfter) => Try(_keys, caller, out retryAfter);

    /// <summary>Counts a request of a source to a route that needs no key.</summary>
    public bool TryEnterOpen(string source, out TimeSpan retryAfter) => Try(_open, source, out retryAfter);

    /// <summary>Counts a request of a source to a path without a route.</summary>
    public bool TryCountUnknownPath(string source, out TimeSpan retryAfter) => Try(_unknownPaths, source, out retryAfter);

    /// <summary>Counts a wrong key of a source.</summary>
    public bool TryGuess(string source, out TimeSpan retryAfter) => Try(_guesses, source, out retryAfter);

    /// <returns>The index of a source's limiter, 0 to <see cref="LimiterCount"/>, exclusive.</returns>
    public static int IndexOf(string source) => source.GetHashCode(StringComparison.Ordinal) & (LimiterCount - 1);

    public void Dispose()
    {
        _keys.Dispose();
        _open.Dispose();
        _unknownPaths.Dispose();
        _guesses.Dispose();
    }

    private static TokenBucketRateLimiterOptions Bucket() => new()
    {
        TokenLimit = 300, TokensPerPeriod = 30, ReplenishmentPeriod = TimeSpan.FromMilliseconds(100), QueueLimit = 0,
            AutoReplenishment = true,
    };

    private static bool Try(PartitionedRateLimiter<string> limiter, string partition, out TimeSpan retryAfter)
    {
        using var lease = limiter.AttemptAcquire(partition);
        retryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
        return lease.IsAcquired;
    }
}
