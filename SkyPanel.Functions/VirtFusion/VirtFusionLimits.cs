using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>One line for everybody who calls VirtFusion from this process: reads, their retries, and writes.</summary>
internal sealed class VirtFusionLimits(IOptions<VirtFusionOptions> options) : IDisposable
{
    private readonly ConcurrencyLimiter _concurrency = new(new()
    {
        PermitLimit = options.Value.MaxConcurrency,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private readonly TokenBucketRateLimiter _rate = new(Bucket(options.Value.RequestsPerSecond));

    /// <summary>Waits for a place, then for the rate, in this order: a permit of the rate is spent when it can be used.</summary>
    /// <returns>The place; dispose of it when the call is over.</returns>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        var place = await _concurrency.AcquireAsync(1, cancellationToken);
        try
        {
            using var permit = await _rate.AcquireAsync(1, cancellationToken);
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _concurrency.Dispose();
        _rate.Dispose();
    }

    // Refilled about twenty times a second (or once per call, below that): smooth, and no second's worth in one burst.
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

/// <summary>Holds each attempt back until <see cref="VirtFusionLimits"/> lets it through.</summary>
internal sealed class VirtFusionLimitsHandler(VirtFusionLimits limits) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var place = await limits.EnterAsync(cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }
}
