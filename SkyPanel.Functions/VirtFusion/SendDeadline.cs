namespace SkyPanel.Functions.VirtFusion;

/// <summary>Until when an order may be sent. Make it before the claim is written: then it ends no later than the claim does, and
/// nobody can take over an order that is still to be sent.</summary>
/// <remarks>Kept on two clocks, and the one that ends first counts. A suspended machine stops the monotonic clock and leaves the
/// wall clock running; a wall clock that is set back leaves the monotonic one. One set back behind the start can't be
/// trusted, so that ends it too.</remarks>
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
