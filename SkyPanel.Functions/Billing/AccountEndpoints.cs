using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

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
        return AdminJson.Ok(new AccountAnswer(
            userId, ledger.Value.Currency, ledger.Value.TokensPerCurrencyUnit, owed,
            owed - decimal.Truncate(owed * ledger.Value.TokensPerCurrencyUnit) / ledger.Value.TokensPerCurrencyUnit, open, account.ChargedThisMonth, account.TokensTaken));
    }

    public async Task<IResult> ChargesAsync(HttpRequest request, int serverId, CancellationToken ct)
    {
        var month = Month(Query.Read<ChargesQuery>(request).Month, time.GetUtcNow().UtcDateTime);
        var lines = await charges.OfServerAsync(serverId, month, ct);
        return AdminJson.Ok(new ServerCharges(
            serverId, month.ToString("yyyy-MM", CultureInfo.InvariantCulture), lines.Sum(line => line.Amount),
            lines.Sum(line => (long)line.SecondsBilled), lines, await charges.SpellsAsync(serverId, month, ct)));
    }

    private static DateTime Month(string? text, DateTime now) =>
        text is null ? new(now.Year, now.Month, 1, 0, 0, 0, DateTimeKind.Utc)
        : new(int.Parse(text.AsSpan(0, 4), CultureInfo.InvariantCulture), int.Parse(text.AsSpan(5), CultureInfo.InvariantCulture), 1, 0, 0, 0, DateTimeKind.Utc);
}

/// <summary>How a customer stands.</summary>
/// <param name="Owed">Charged and not yet being collected, in currency units; negative for what is owed back.</param>
/// <param name="Carried">The part of it that is less than a whole token.</param>
/// <param name="OpenDebit">Tokens that are being collected; null when none are.</param>
/// <param name="TokensTaken">By settled debits, less those given back.</param>
public sealed record AccountAnswer(
    int UserId, string Currency, int TokensPerCurrencyUnit, decimal Owed, decimal Carried, Debit? OpenDebit, decimal ChargesThisMonth, long TokensTaken);

/// <summary>What a server cost in a calendar month (UTC), hour by hour.</summary>
/// <param name="Total">Currency units.</param>
/// <param name="Spells">What was observed of it.</param>
public sealed record ServerCharges(int ServerId, string Month, decimal Total, long SecondsBilled, IReadOnlyList<ChargeLine> Charges, IReadOnlyList<Spell> Spells);

/// <summary>Which charges are shown.</summary>
public sealed class ChargesQuery
{
    /// <summary>A calendar month (UTC); the current one when it isn't said.</summary>
    [RegularExpression("^[1-9][0-9]{3}-(0[1-9]|1[0-2])$", ErrorMessage = "must be a month such as 2026-03")]
    public string? Month { get; set; }
}
