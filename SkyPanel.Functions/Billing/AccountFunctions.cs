using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>What customers owe and are owed, over HTTP.</summary>
public sealed class AccountFunctions(
    Gate gate, Accounts accounts, AccountRows rows, DebitQueries debits, Refunds refunds, Idempotency idempotency,
        IOptions<LedgerOptions> ledger)
{
    private const string Route = "api/admin/billing/accounts/{userId:int}";
    private const string RefundRoute = "api/admin/billing/accounts/{userId:int}/refund";

    /// <summary>Shows what a customer owes.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("GetAccount")]
    [Operation(Role.Viewer, IsForPanel = true, Refuses = [404])]
    [Answer(200, typeof(AccountAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, string userId) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var id = RouteValue.Id(userId, "user");
            var account = await accounts.FindAsync(id, ct) ?? throw NoAccount(id);
            var open = await debits.OpenOfAsync(id, ct);
            var owed = account.OwedAmount - (open is null ? 0 : open.Kind == "debit" ? open.Amount : -open.Amount);
            var row = (await rows.ReadAsync([account.Id], ct))[0];
            return ApiJson.Ok(new AccountAnswer(
                id, row.Name, row.State, row.Balance, row.Available, row.RunwayHours, row.Runway, ledger.Value.Currency,
                ledger.Value.TokensPerCurrencyUnit, owed,
                owed - decimal.Truncate(owed * ledger.Value.TokensPerCurrencyUnit) / ledger.Value.TokensPerCurrencyUnit, open,
                row.ChargesThisMonth, row.CorrectionsThisMonth, row.NetThisMonth, account.TokensTaken));
        }, isForPanel: true);

    /// <summary>Gives the whole tokens that are owed to a customer back to the wallet.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("RefundAccount")]
    [Operation(Role.Operator, Body = typeof(RefundBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(RefundAnswer))]
    public Task<IResult> RefundAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = RefundRoute)] HttpRequest request, string userId) =>
        gate.EnterAsync(request, Role.Operator, async (caller, ct) =>
        {
            var id = RouteValue.Id(userId, "user");
            var reason = (await ApiJson.ReadAsync<RefundBody>(request)).Reason;
            _ = await accounts.FindAsync(id, ct) ?? throw NoAccount(id);
            return await idempotency.OnceAsync(request, caller, $"refund user {id}", reason, async transaction =>
            {
                var connection = transaction.Connection!;
                if (await refunds.OpenAsync(connection, id, caller.Name, reason, CancellationToken.None) is not { } debitId)
                    return (409, Problem.Conflict($"Nothing to refund: not a whole token is owed back to user {id}, or a debit of theirs " +
                        $"is open."));
                var refund = await DebitQueries.FindAsync(connection, debitId, CancellationToken.None);
                await Audit.WriteAsync(connection, caller, "refund", $"user {id}", null, refund, reason);
                return (200, new RefundAnswer(true, refund));
            });
        });

    private static NotFoundException NoAccount(int userId) => new($"User {userId} has no account: nothing of theirs was ever enrolled.");
}

/// <summary>How a customer stands.</summary>
/// <param name="Name">As the panel has it; null when the panel's user is gone.</param>
/// <param name="State"><c>held</c> when hours or a debit of theirs wait for a person, <c>in_doubt</c> while a debit is being judged; else
/// how the account stands by the policy.</param>
/// <param name="Balance">What the wallet holds; null when it was never read.</param>
/// <param name="Available">The balance less all that is owed and not yet taken, plus the credit limit; null when the balance is
/// unknown.</param>
/// <param name="RunwayHours">How long that lasts; null where <paramref name="Runway"/> isn't <c>known</c>.</param>
/// <param name="Owed">Charged and not yet being collected, in currency units; negative for what is owed back.</param>
/// <param name="Carried">The part of it that is less than a whole token.</param>
/// <param name="OpenDebit">Tokens that are being collected; null when none are.</param>
/// <param name="ChargesThisMonth">Gross: for hours of this calendar month (UTC), before corrections, in currency units.</param>
/// <param name="CorrectionsThisMonth">Supplements less credit notes for hours of this month; negative when more was credited.</param>
/// <param name="NetThisMonth">The sum of both: what the month costs so far.</param>
/// <param name="TokensTaken">By settled debits, less those given back.</param>
public sealed record AccountAnswer(
    int UserId, string? Name, AccountStatus State,
    AccountBalance? Balance, decimal? Available, int? RunwayHours, [property: AllowedValues("known", "endless", "unknown")] string Runway,
    string Currency, int TokensPerCurrencyUnit, decimal Owed, decimal Carried, Debit? OpenDebit,
    decimal ChargesThisMonth, decimal CorrectionsThisMonth, decimal NetThisMonth, long TokensTaken);

/// <summary>Gives back what is owed to a customer.</summary>
public sealed class RefundBody
{
    /// <summary>Why.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";
}

/// <summary>Tokens on their way back.</summary>
public sealed record RefundAnswer(bool Success, Debit? Refund);
