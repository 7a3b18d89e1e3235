using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace SkyPanel.Functions.Tests.LocalHost;

/// <summary>A clock that stands still until it is moved, and that knows when somebody waits for it: moved before, it would
/// move under a wait that is just being computed.</summary>
internal sealed class WaitedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Channel<TimeSpan> waits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime != Timeout.InfiniteTimeSpan)
            waits.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits until a wait has begun since the last one that this method saw.</summary>
    public Task WaitedForAsync() =>
        waits.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);

    public async Task MoveAsync(TimeSpan by)
    {
        await WaitedForAsync();
        Advance(by);
    }
}
