using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Customers;

/// <summary>Looks how accounts stand at each heartbeat, and reads the wallets that matter anew.</summary>
public sealed class StandingsTask(Standings standings, WatchedWallets wallets) : IHeartbeatTask
{
    public string Name => "looking how accounts stand";

    public async Task RunAsync(CancellationToken ct)
    {
        await standings.LookAsync(ct);
        if (await wallets.ReadAsync(ct) is { Length: > 0 } read)
            await standings.LookAtAsync(read, ct);
    }
}
