using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Health;

/// <summary>Makes the cheap checks at each heartbeat.</summary>
public sealed class ChecksTask(Checks checks) : IHeartbeatTask
{
    public string Name => "checking what waits";

    public Task RunAsync(CancellationToken ct) => checks.RunEachMinuteAsync(ct);
}
