namespace SkyPanel.Functions.Jobs;

/// <summary>A part of each heartbeat, in the order of registration. A part that fails doesn't stop the others.</summary>
/// <param name="Name">The name in the log, such as <c>delivering debits</c>.</param>
/// <param name="MaxTime">The time after which it leaves the rest to the next heartbeat; null when it is done whole. For tasks that stop
/// between two items.</param>
/// <param name="IsBeforeJobs">Whether due jobs wait for it.</param>
public sealed record HeartbeatTask(string Name, Func<CancellationToken, Task> RunAsync, TimeSpan? MaxTime = null, bool IsBeforeJobs = false)
{
    /// <summary>The time of a task that works through a queue: the others have the rest of the minute.</summary>
    public static readonly TimeSpan QueueTime = TimeSpan.FromSeconds(45);
}
