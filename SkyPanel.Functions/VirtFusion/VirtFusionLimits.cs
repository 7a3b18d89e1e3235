using System.Threading.RateLimiting;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>Limits the calls of this process to VirtFusion: reads, their retries, and writes.</summary>
internal sealed class VirtFusionLimits(IOptions<VirtFusionOptions> options) : IDisposable
{
    private readonly ConcurrencyLimiter _concurrency = new(new()
    {
        PermitLimit = options.Value.MaxConcurrency,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private readonly TokenBucketRateLimiter _rate = new(Bucket(options.Value.RequestsPerSecond));

    /// <summary>Waits for a slot, then for the rate limit, so that a permit of the rate is used at once.</summary>
    /// <returns>The slot; dispose of it after the call.</returns>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        var slot = await _concurrency.AcquireAsync(1, cancellationToken);
        try
        {
            using var permit = await _rate.AcquireAsync(1, cancellationToken);
            return slot;
        }
        catch
        {
            slot.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _concurrency.Dispose();
        _rate.Dispose();
    }

    // Refilled about twenty times a second, so that there are no bursts; for lower rates once per call.
    private static TokenBucketRateLimiterOptions Bucket(int requestsPerSecond)
    {
        var callsPerRefill = (requestsPerSecond + 19) / 20;
        return new()
        {
            TokenLimit = callsPerRefill,
            TokensPerPeriod = callsPerRefill,
            ReplenishmentPeriod = TimeSpan.FromTicks(TimeSpan.TicksPerSecond * callsPerRefill / requestsPerSecond),
            QueueLimit = int.MaxValue,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            AutoReplenishment = true,
        };
    }
}

/// <summary>Delays each attempt as <see cref="VirtFusionLimits"/> demands.</summary>
internal sealed class VirtFusionLimitsHandler(VirtFusionLimits limits) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var slot = await limits.EnterAsync(cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }
}
