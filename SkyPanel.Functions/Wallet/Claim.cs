using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Wallet;

/// <summary>The right to send one debit, until its deadline or the next claim.</summary>
/// <param name="UserId">VirtFusion's extRelationId of the wallet.</param>
/// <param name="Tokens">More than 0, for a debit and a refund alike.</param>
/// <param name="IsShort">It was refused while the wallet held less, and isn't to be sent again before it holds enough or an hour has
/// passed.</param>
public sealed record Claim(
    long DebitId, int ClaimNumber, long AccountId, int UserId, bool GivesTokens, int Tokens, string Reference, SendDeadline Deadline,
        bool IsShort = false)
{
    /// <summary>The change of the balance; negative for a debit.</summary>
    public int Credit => GivesTokens ? Tokens : -Tokens;
}
