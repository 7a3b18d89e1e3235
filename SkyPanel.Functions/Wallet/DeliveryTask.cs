using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Wallet;

/// <summary>Delivers pending debits at each heartbeat.</summary>
public sealed class DeliveryTask(Delivery delivery) : IHeartbeatTask
{
    public string Name => "delivering debits";

    // The debits of a large run take many minutes: meanwhile the other tasks go on.
    public TimeSpan? MaxTime => IHeartbeatTask.QueueTime;

    public Task RunAsync(CancellationToken ct) => delivery.DeliverAsync(null, ct);
}
