using System.Threading.RateLimiting;

namespace SkyPanel.Functions.Http;

/// <summary>300 requests a second for a key, and for a source on the routes that want none, and as many where there is no route; sixty wrong keys a minute for a source. A valid key
/// passes from a source that guesses.</summary>
public sealed class AdminLimits : IDisposable
{
    // Sources share that many places, by a hash that differs from process to process: a million sources cost no more memory than these,
    // and who shares a place with a guesser hears 429 instead of 401 for a wrong key, nothing else.
    public const int GuessPlaces = 16_384;

    private readonly PartitionedRateLimiter<string> _keys = PartitionedRateLimiter.Create<string, string>(name => RateLimitPartition.GetTokenBucketLimiter(name, _ => Bucket()));

    private readonly PartitionedRateLimiter<string> _strangers = PartitionedRateLimiter.Create<string, int>(source => RateLimitPartition.GetTokenBucketLimiter(PlaceOf(source), _ => Bucket()));

    private readonly PartitionedRateLimiter<string> _strays = PartitionedRateLimiter.Create<string, int>(source => RateLimitPartition.GetTokenBucketLimiter(PlaceOf(source), _ => Bucket()));

    private readonly PartitionedRateLimiter<string> _guesses = PartitionedRateLimiter.Create<string, int>(source =>
        RateLimitPartition.GetFixedWindowLimiter(PlaceOf(source), _ => new()
        {
            PermitLimit = 60, Window = TimeSpan.FromMinutes(1), QueueLimit = 0, AutoReplenishment = true,
        }));

    public bool TryEnter(string caller, out TimeSpan retryAfter) => Try(_keys, caller, out retryAfter);

    /// <summary>On a route that is open to everybody.</summary>
    public bool TryAsk(string source, out TimeSpan retryAfter) => Try(_strangers, source, out retryAfter);

    /// <summary>Where there is no route.</summary>
    public bool TryStray(string source, out TimeSpan retryAfter) => Try(_strays, source, out retryAfter);

    public bool TryGuess(string source, out TimeSpan retryAfter) => Try(_guesses, source, out retryAfter);

    /// <returns>0 to <see cref="GuessPlaces"/>, exclusive.</returns>
    public static int PlaceOf(string source) => source.GetHashCode(StringComparison.Ordinal) & (GuessPlaces - 1);

    public void Dispose()
    {
        _keys.Dispose();
        _strangers.Dispose();
        _strays.Dispose();
        _guesses.Dispose();
    }

    private static TokenBucketRateLimiterOptions Bucket() => new()
    {
        TokenLimit = 300, TokensPerPeriod = 30, ReplenishmentPeriod = TimeSpan.FromMilliseconds(100), QueueLimit = 0, AutoReplenishment = true,
    };

    private static bool Try(PartitionedRateLimiter<string> limiter, string partition, out TimeSpan retryAfter)
    {
        using var lease = limiter.AttemptAcquire(partition);
        retryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
        return lease.IsAcquired;
    }
}
