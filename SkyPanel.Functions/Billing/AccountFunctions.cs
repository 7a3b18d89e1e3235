using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Ledger;
using SkyPanel.Functions.Wallet;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves customers' accounts and refunds over HTTP.</summary>
public sealed class AccountFunctions(
    Gate gate, Accounts accounts, AccountRows rows, DebitQueries debits, Refunds refunds, Idempotency idempotency,
        IOptions<LedgerOptions> ledger)
{
    /// <summary>Shows a customer's account.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("GetAccount")]
    [Operation(Role.Viewer, IsForPanel = true, Refuses = [404])]
    [Answer(200, typeof(AccountAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/accounts/{userId:int}")] HttpRequest request,
        string userId) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) =>
        {
            var id = RouteValue.Id(userId, "user");
            var account = await accounts.FindAsync(id, ct) ?? throw NotFoundException.NoAccount(id);
            var row = (await rows.ReadAsync([account.Id], ct))[0];
            var scale = ledger.Value.TokensPerCurrencyUnit;
            return ApiJson.Ok(new AccountAnswer(row, ledger.Value.Currency, scale,
                row.Owed - decimal.Truncate(row.Owed * scale) / scale, await debits.OpenOfAsync(id, ct), account.TokensTaken));
        }, isForPanel: true);

    /// <summary>Gives whole tokens that are owed to a customer back to the wallet.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("RefundAccount")]
    [Operation(Role.Operator, Body = typeof(ReasonBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(RefundAnswer))]
    public Task<IResult> RefundAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/admin/billing/accounts/{userId:int}/refund")] HttpRequest request,
        string userId) =>
        gate.EnterAsync(request, Role.Operator, async (caller, ct) =>
        {
            var id = RouteValue.Id(userId, "user");
            var reason = (await ApiJson.ReadAsync<ReasonBody>(request)).Reason;
            _ = await accounts.FindAsync(id, ct) ?? throw NotFoundException.NoAccount(id);
            return await idempotency.OnceAsync(request, caller, $"refund user {id}", reason, async connection =>
            {
                if (await refunds.OpenAsync(connection, id, caller.Name, reason, CancellationToken.None) is not { } debitId)
                    return Problem.Conflict($"Nothing to refund: not a whole token is owed back to user {id}, or a debit of theirs is " +
                        "open.");
                var refund = await DebitQueries.FindAsync(connection, debitId, CancellationToken.None);
                await Audit.WriteAsync(connection, caller, "refund", $"user {id}", null, refund, reason);
                return ApiJson.Ok(new RefundAnswer(true, refund));
            });
        });
}

/// <summary>A customer's account.</summary>
/// <param name="Carried">The part of the owed amount that is less than a whole token.</param>
/// <param name="OpenDebit">The debit that is being collected; null without one.</param>
/// <param name="TokensTaken">Tokens taken by settled debits minus those given back.</param>
public sealed record AccountAnswer(
    [property: JsonIgnore] AccountRow Row, string Currency, int TokensPerCurrencyUnit, decimal Carried, Debit? OpenDebit, long TokensTaken)
    : AccountRow(Row);

/// <summary>A refund that was opened.</summary>
public sealed record RefundAnswer(bool Success, Debit? Refund);
