using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Functions.Admin;

/// <summary>300 requests a second for a key; sixty wrong keys a minute for an address. A valid key passes from an address that guesses.</summary>
public sealed class AdminLimits : IDisposable
{
    private readonly PartitionedRateLimiter<string> _keys = PartitionedRateLimiter.Create<string, string>(name =>
        RateLimitPartition.GetTokenBucketLimiter(name, _ => new()
        {
            TokenLimit = 300, TokensPerPeriod = 30, ReplenishmentPeriod = TimeSpan.FromMilliseconds(100), QueueLimit = 0, AutoReplenishment = true,
        }));

    private readonly PartitionedRateLimiter<string> _guesses = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetFixedWindowLimiter(address, _ => new()
        {
            PermitLimit = 60, Window = TimeSpan.FromMinutes(1), QueueLimit = 0, AutoReplenishment = true,
        }));

    public bool TryEnter(Caller caller, out TimeSpan retryAfter) => Try(_keys, caller.Name, out retryAfter);

    public bool TryGuess(HttpRequest request, out TimeSpan retryAfter) =>
        Try(_guesses, request.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "unknown", out retryAfter);

    public void Dispose()
    {
        _keys.Dispose();
        _guesses.Dispose();
    }

    private static bool Try(PartitionedRateLimiter<string> limiter, string partition, out TimeSpan retryAfter)
    {
        using var lease = limiter.AttemptAcquire(partition);
        retryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
        return lease.IsAcquired;
    }
}
