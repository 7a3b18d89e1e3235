namespace SkyPanel.LocalHost;

/// <summary>The schedule that a timer runs on now.</summary>
internal sealed class TimerBinding(TimerFunction function, TimerSchedule initial)
{
    private Bound _bound = new(initial);

    public TimerFunction Function => function;

    public Bound Current => Volatile.Read(ref _bound);

    /// <summary>Takes effect at once, or when the invocation that is running has ended. The schedule that it has is no change.</summary>
    public void Rebind(TimerSchedule schedule)
    {
        if (schedule.Expression != Current.Schedule.Expression)
            Interlocked.Exchange(ref _bound, new(schedule)).Replace();
    }

    /// <summary>A schedule for as long as it holds.</summary>
    public sealed class Bound(TimerSchedule schedule)
    {
        private readonly TaskCompletionSource replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimerSchedule Schedule => schedule;

        public Task Replaced => replaced.Task;

        public void Replace() => replaced.TrySetResult();
    }
}
