namespace SkyPanel.Functions.VirtFusion;

/// <summary>Limits the time in which a request may be sent. It is created before the claim is written, so it ends no later than the claim,
/// and nobody can take over a request that is still to be sent.</summary>
/// <remarks>Measured on two clocks; the one that ends first counts. A suspended machine stops the monotonic clock but not the wall clock; a
/// wall clock set back leaves the monotonic one. A wall clock before the start can't be trusted and ends it too.</remarks>
public sealed class SendDeadline(TimeProvider time, TimeSpan allowed)
{
    private readonly long _startTimestamp = time.GetTimestamp();
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public bool HasPassed
    {
        get
        {
            var onWallClock = time.GetUtcNow() - _startedAt;
            return onWallClock < TimeSpan.Zero || onWallClock >= allowed || time.GetElapsedTime(_startTimestamp) >= allowed;
        }
    }
}
