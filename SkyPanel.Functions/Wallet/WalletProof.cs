using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Wallet;

/// <summary>Records whether a balance was ever seen to fall after a confirmed debit. Before that, an unchanged balance proves
/// nothing.</summary>
public sealed class WalletProof(NpgsqlDataSource database, VirtFusionClient virtFusion)
{
    private const string ExistsSql = "select exists (select from cron_service.wallet_proofs)";

    private const string WriteSql = """
        insert into cron_service.wallet_proofs (debit_id, balance_before_tokens, balance_after_tokens)
        values (@id, @before, @after) on conflict do nothing
        """;

    private volatile bool _exists;

    public async Task<bool> ExistsAsync(CancellationToken ct) => _exists = _exists || await database.ScalarAsync<bool>(ExistsSql, ct);

    /// <summary>Reads the balance once more after a debit that VirtFusion confirmed, until it was seen to be lower by exactly its
    /// tokens.</summary>
    public async Task TryAsync(Claim claim, decimal balanceBefore)
    {
        if (claim.GivesTokens || await ExistsAsync(CancellationToken.None))
            return;
        if (await virtFusion.ReadBalanceAsync(claim.UserId, CancellationToken.None) is BalanceReading.Tokens(var after)
            && after == balanceBefore - claim.Tokens)
            await database.ExecuteAsync(WriteSql, CancellationToken.None, ("id", claim.DebitId), ("before", balanceBefore),
                ("after", after));
    }
}
