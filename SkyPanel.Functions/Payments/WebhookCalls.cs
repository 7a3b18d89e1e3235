using System.Threading.RateLimiting;

namespace SkyPanel.Functions.Payments;

/// <summary>Limits the calls to PayPal that webhooks cause before they are verified: 60 at once, and one a second. What is beyond is not
/// verified now, and PayPal delivers it again.</summary>
public sealed class WebhookCalls : IDisposable
{
    private readonly TokenBucketRateLimiter _calls = new(new()
    {
        TokenLimit = 60, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0, AutoReplenishment = true,
    });

    public bool TryEnter()
    {
        using var lease = _calls.AttemptAcquire();
        return lease.IsAcquired;
    }

    public void Dispose() => _calls.Dispose();
}
