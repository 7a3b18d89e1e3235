namespace SkyPanel.Functions.Customers;

/// <summary>Updates the standings of accounts at each heartbeat, and reads the watched wallets.</summary>
public sealed class StandingsTask(Standings standings, WatchedWallets wallets)
{
    public async Task RunAsync(CancellationToken ct)
    {
        await standings.UpdateAsync(ct);
        if (await wallets.ReadAsync(ct) is { Length: > 0 } read)
            await standings.UpdateAsync(read, ct);
    }
}
