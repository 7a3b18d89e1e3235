using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Writes notices to customers at each heartbeat, before the outbox is delivered.</summary>
public sealed class NoticesTask(NoticeWriter notices) : IHeartbeatTask
{
    public string Name => "writing notices to customers";

    public Task RunAsync(CancellationToken ct) => notices.WriteAsync(ct);
}
