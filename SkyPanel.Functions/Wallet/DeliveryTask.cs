using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Wallet;

/// <summary>Delivers pending debits at each heartbeat.</summary>
public sealed class DeliveryTask(Delivery delivery) : IHeartbeatTask
{
    public string Name => "delivering debits";

    public Task RunAsync(CancellationToken ct) => delivery.DeliverAsync("heartbeat", null, ct);
}
