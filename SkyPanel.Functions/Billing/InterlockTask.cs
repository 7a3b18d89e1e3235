using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Billing;

/// <summary>Reads the signs of the panel's own billing engine at each heartbeat.</summary>
public sealed class InterlockTask(Interlock interlock) : IHeartbeatTask
{
    public string Name => "reading the interlock";

    public Task RunAsync(CancellationToken ct) => interlock.ReadAsync(ct);
}
