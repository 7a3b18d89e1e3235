using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Wallet;

/// <summary>Resolves debits in doubt at each heartbeat.</summary>
public sealed class InDoubtTask(InDoubt inDoubt) : IHeartbeatTask
{
    public string Name => "resolving debits in doubt";

    // While VirtFusion hangs, each of them waits for half a minute.
    public TimeSpan? MaxTime => IHeartbeatTask.QueueTime;

    public Task RunAsync(CancellationToken ct) => inDoubt.ResolveAsync(ct);
}
