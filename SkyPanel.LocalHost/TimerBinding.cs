namespace SkyPanel.LocalHost;

/// <summary>The current schedule of a timer.</summary>
internal sealed class TimerBinding(TimerFunction function, TimerSchedule initial)
{
    private Bound _bound = new(initial);

    public TimerFunction Function => function;

    public Bound Current => Volatile.Read(ref _bound);

    /// <summary>Changes the schedule at once or after the running invocation. Ignores an unchanged schedule.</summary>
    public void Rebind(TimerSchedule schedule)
    {
        if (schedule.Expression != Current.Schedule.Expression)
            Interlocked.Exchange(ref _bound, new(schedule)).Replace();
    }

    /// <summary>A schedule and its validity.</summary>
    public sealed class Bound(TimerSchedule schedule)
    {
        private readonly TaskCompletionSource replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimerSchedule Schedule => schedule;

        public Task Replaced => replaced.Task;

        public void Replace() => replaced.TrySetResult();
    }
}
