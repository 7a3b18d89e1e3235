namespace SkyPanel.Functions.Jobs;

/// <summary>Does a part of each heartbeat, in the order of registration. A part that fails doesn't stop the others.</summary>
public interface IHeartbeatTask
{
    /// <summary>The name in the log, such as <c>delivering debits</c>.</summary>
    string Name { get; }

    /// <summary>Whether due jobs wait for this task.</summary>
    bool IsBeforeJobs => false;

    /// <summary>The time of a task that works through a queue: the others have the rest of the minute.</summary>
    static readonly TimeSpan QueueTime = TimeSpan.FromSeconds(45);

    /// <summary>The time after which it leaves the rest to the next heartbeat; null when it is done whole. For tasks that stop between two
    /// items.</summary>
    TimeSpan? MaxTime => null;

    Task RunAsync(CancellationToken ct);
}
