using System.Collections.Concurrent;

namespace SkyPanel.Functions.Tests.Jobs;

/// <summary>The system's clock, but for the timers of one length: those run out when the test says so.</summary>
internal sealed class HandTimer(TimeSpan length) : TimeProvider
{
    private readonly ConcurrentQueue<Timer> _timers = [];

    /// <summary>How many of them have neither run out nor been given up.</summary>
    public int Running => _timers.Count(timer => !timer.IsOver);

    public void RunOut()
    {
        foreach (var timer in _timers)
            timer.RunOut();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != length)
            return base.CreateTimer(callback, state, dueTime, period);
        var timer = new Timer(callback, state);
        _timers.Enqueue(timer);
        return timer;
    }

    private sealed class Timer(TimerCallback callback, object? state) : ITimer
    {
        private volatile bool _isOver;

        public bool IsOver => _isOver;

        public void RunOut()
        {
            if (!_isOver)
                callback(state);
            _isOver = true;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => _isOver = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
