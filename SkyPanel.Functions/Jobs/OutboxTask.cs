using SkyPanel.Functions.Outbox;

namespace SkyPanel.Functions.Jobs;

/// <summary>Delivers the outbox at each heartbeat.</summary>
public sealed class OutboxTask(OutboxDelivery outbox) : IHeartbeatTask
{
    public string Name => "delivering the outbox";

    public TimeSpan? MaxTime => IHeartbeatTask.QueueTime;

    public Task RunAsync(CancellationToken ct) => outbox.DeliverAsync(ct);
}
