namespace SkyPanel.Functions.Jobs;

/// <summary>Does a part of each heartbeat, in the order of registration. A part that fails doesn't stop the others.</summary>
public interface IHeartbeatTask
{
    /// <summary>The name in the log, such as <c>delivering debits</c>.</summary>
    string Name { get; }

    /// <summary>Whether due jobs wait for this task.</summary>
    bool IsBeforeJobs => false;

    Task RunAsync(CancellationToken ct);
}
