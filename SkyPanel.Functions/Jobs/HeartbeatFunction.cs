using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Jobs;

/// <summary>Runs the heartbeat each minute: due jobs, including those that their timers missed, and the registered tasks.</summary>
public sealed class HeartbeatFunction(Heartbeat heartbeat)
{
    [Function("Heartbeat")]
    public Task RunAsync([TimerTrigger("%Cron:Heartbeat:Schedule%")] TimerInfo timer, CancellationToken cancellationToken) =>
        heartbeat.BeatAsync(cancellationToken);
}
