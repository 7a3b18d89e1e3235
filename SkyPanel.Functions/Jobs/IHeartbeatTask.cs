namespace SkyPanel.Functions.Jobs;

/// <summary>Does a part of each heartbeat, in the order of registration. A part that fails doesn't stop the others.</summary>
public interface IHeartbeatTask
{
    /// <summary>In the log: <c>delivering debits</c>.</summary>
    string Name { get; }

    /// <summary>Whether due jobs are started only after it.</summary>
    bool IsBeforeJobs => false;

    Task RunAsync(CancellationToken ct);
}
