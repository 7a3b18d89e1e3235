using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.Billing;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Admin;

/// <summary>What a customer owes, and what each hour of a server cost and why.</summary>
public sealed class AccountEndpoints(Accounts accounts, DebitQueries debits, ChargeQueries charges, IOptions<LedgerOptions> ledger, TimeProvider time)
{
    public const string AccountRoute = "api/admin/billing/accounts/{userId:int}";
    public const string ChargesRoute = "api/admin/billing/servers/{serverId:int}/charges";

    public async Task<IResult> AccountAsync(int userId, CancellationToken ct)
    {
        if (await accounts.FindAsync(userId, ct) is not { } account)
            return Problem.NotFound($"User {userId} has no account: nothing of theirs was ever enrolled.");
        var open = await debits.OpenOfAsync(userId, ct);
        var owed = account.OwedAmount - (open is null ? 0 : open.Kind == "debit" ? open.Amount : -open.Amount);
        return AdminJson.Ok(new
        {
            userId,
            currency = ledger.Value.Currency,
            tokensPerCurrencyUnit = ledger.Value.TokensPerCurrencyUnit,
            owed,
            carried = owed - decimal.Truncate(owed * ledger.Value.TokensPerCurrencyUnit) / ledger.Value.TokensPerCurrencyUnit,
            openDebit = open,
            chargesThisMonth = account.ChargedThisMonth,
            tokensTaken = account.TokensTaken,
        });
    }

    public async Task<IResult> ChargesAsync(HttpRequest request, int serverId, CancellationToken ct)
    {
        Query.Only(request.Query, "month");
        var month = Query.Month(request.Query, time.GetUtcNow());
        var lines = await charges.OfServerAsync(serverId, month, ct);
        return AdminJson.Ok(new
        {
            serverId,
            month = month.ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture),
            total = lines.Sum(line => line.Amount),
            secondsBilled = lines.Sum(line => (long)line.SecondsBilled),
            charges = lines,
            spells = await charges.SpellsAsync(serverId, month, ct),
        });
    }
}
