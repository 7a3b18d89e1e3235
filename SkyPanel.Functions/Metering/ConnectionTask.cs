using SkyPanel.Functions.Jobs;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Metering;

/// <summary>Reads VirtFusion's address and token at each heartbeat, also where another process observes.</summary>
public sealed class ConnectionTask(PanelConnection connection) : IHeartbeatTask
{
    public string Name => "reading VirtFusion's address and token";

    public bool IsBeforeJobs => true;

    public Task RunAsync(CancellationToken ct) => connection.RefreshAsync(ct);
}
