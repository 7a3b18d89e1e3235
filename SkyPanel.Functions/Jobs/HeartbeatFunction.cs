using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Jobs;

/// <summary>The net under the bound timers, each minute: what is due by the stored schedule, what VirtFusion says, what is in doubt, what
/// is owed.</summary>
public sealed class HeartbeatFunction(Heartbeat heartbeat)
{
    [Function("Heartbeat")]
    public Task RunAsync([TimerTrigger("%Cron:Heartbeat:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        heartbeat.BeatAsync(cancellationToken);
}
