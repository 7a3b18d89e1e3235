using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.LocalHost;

/// <summary>Runs one timer. A function never overlaps itself: occurrences during an invocation fire once, right after it.</summary>
internal sealed class TimerLoop(TimerBinding binding, TimerInvocation invocation, TimeProvider time, CancellationToken stopping)
{
    // The longest wait before reading the clock again, which may have been set, or stood still while the machine slept.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    public async Task RunAsync()
    {
        var bound = binding.Current;
        var status = Begin(bound.Schedule);
        while (!stopping.IsCancellationRequested)
        {
            if (await IsDueAsync(status, bound.Replaced))
                status = await FireAsync(bound.Schedule, status);
            if (!bound.Replaced.IsCompleted && !status.IsAheadOf(time.GetUtcNow()))
                continue;
            bound = binding.Current;
            status = Begin(bound.Schedule);
        }
    }

    private TimerStatus Begin(TimerSchedule schedule) => TimerStatus.From(schedule, null, time.GetUtcNow(), time.LocalTimeZone);

    private async Task<bool> IsDueAsync(TimerStatus status, Task replaced)
    {
        while (!stopping.IsCancellationRequested && !replaced.IsCompleted && !status.IsAheadOf(time.GetUtcNow()))
        {
            var left = status.Next - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
                return true;

            // Rounds up to the milliseconds of timers, since a wait of zero would spin.
            var wait = left < MaxWait ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : MaxWait;
            await replaced.WaitAsync(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    private async Task<TimerStatus> FireAsync(TimerSchedule schedule, TimerStatus status)
    {
        var (now, zone) = (time.GetUtcNow(), time.LocalTimeZone);
        var timer = new TimerInfo { ScheduleStatus = status.ToScheduleStatus(zone) };
        var succeeded = await invocation.SucceedsAsync(binding.Function, timer);
        return TimerStatus.From(schedule, succeeded ? now : status.Last, now, zone);
    }
}
