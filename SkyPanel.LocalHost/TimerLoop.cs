using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace SkyPanel.LocalHost;

/// <summary>Runs one timer: waits, fires, saves. A function never overlaps itself: occurrences during an invocation fire once, right
/// after it.</summary>
internal sealed class TimerLoop(
    TimerBinding binding,
    TimerInvocation invocation,
    TimerStatusStore? store,
    TimeProvider time,
    ILogger logger,
    CancellationToken stopping)
{
    // The longest wait before reading the clock again, which may have been set, or stood still while the machine slept.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    private string Name => binding.Function.Name;

    public async Task RunAsync(TimerStatus? stored)
    {
        var bound = binding.Current;
        var continues = bound.Schedule.IsMonitored && stored?.Continues(bound.Schedule, time.LocalTimeZone, time.GetUtcNow()) is true;
        var status = continues ? stored! : await BeginAsync(bound.Schedule);
        var pastDue = status.Next < time.GetUtcNow();
        if (pastDue)
            logger.LogInformation("Function '{Function}' missed its occurrence of {Next:O} and runs now.", Name, status.Next);

        while (!stopping.IsCancellationRequested)
        {
            if (await IsDueAsync(status, bound.Replaced))
                status = await FireAsync(bound.Schedule, status, pastDue);

            pastDue = false;
            if (!bound.Replaced.IsCompleted && !status.IsAheadOf(time.GetUtcNow()))
                continue;
            bound = binding.Current;
            status = await BeginAsync(bound.Schedule);
        }
    }

    // Saved before the first occurrence, so that it is past due if the process is down then.
    private async Task<TimerStatus> BeginAsync(TimerSchedule schedule)
    {
        var status = TimerStatus.From(schedule, time.GetUtcNow(), time.LocalTimeZone);
        await SaveAsync(schedule, status);
        return status;
    }

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

    private async Task<TimerStatus> FireAsync(TimerSchedule schedule, TimerStatus status, bool pastDue)
    {
        var (now, zone) = (time.GetUtcNow(), time.LocalTimeZone);
        var timer = new TimerInfo { IsPastDue = pastDue, ScheduleStatus = schedule.IsMonitored ? status.ToScheduleStatus(zone) : null };
        var succeeded = await invocation.SucceedsAsync(binding.Function, timer);

        var after = status with { Last = now, Next = schedule.NextAfter(now, zone), Updated = now };
        // The stored status stays at the failed occurrence, which is past due after a restart.
        if (!succeeded)
            return status with { Next = after.Next };

        await SaveAsync(schedule, after);
        return after;
    }

    private async Task SaveAsync(TimerSchedule schedule, TimerStatus status)
    {
        if (store is null || !schedule.IsMonitored)
            return;
        try
        {
            await store.SaveAsync(Name, status);
        }
        catch (Exception exception)
        {
            logger.LogError("The status of timer '{Function}' was not saved; after a restart it may run once too often: {Reason}", Name,
                exception.Message);
        }
    }
}
