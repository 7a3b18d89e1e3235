using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.OpenApi;

namespace SkyPanel.Functions.Billing;

/// <summary>Money over HTTP.</summary>
public sealed class BillingFunctions(Gate gate, HoldEndpoints holds, AccountEndpoints accounts)
{
    /// <summary>Shows what a customer owes.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("GetAccount")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(AccountAnswer))]
    public Task<IResult> GetAccountAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = AccountEndpoints.AccountRoute)] HttpRequest request, string userId) =>
        gate.EnterAsync(request, Role.Viewer, _ => accounts.AccountAsync(int.Parse(userId, CultureInfo.InvariantCulture), request.HttpContext.RequestAborted));

    /// <summary>Shows what a server cost in a month, hour by hour.</summary>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    [Function("GetServerCharges")]
    [Operation(Role.Viewer, Query = typeof(ChargesQuery))]
    [Answer(200, typeof(ServerCharges))]
    public Task<IResult> GetServerChargesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = AccountEndpoints.ChargesRoute)] HttpRequest request, string serverId) =>
        gate.EnterAsync(request, Role.Viewer, _ => accounts.ChargesAsync(request, int.Parse(serverId, CultureInfo.InvariantCulture), request.HttpContext.RequestAborted));

    /// <summary>Lists what waits for a person: held hours and debits.</summary>
    [Function("ListHolds")]
    [Operation(Role.Viewer, Query = typeof(HoldsQuery))]
    [Answer(200, typeof(HoldsAnswer))]
    public Task<IResult> ListHoldsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = HoldEndpoints.ListRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, _ => holds.ListAsync(request, request.HttpContext.RequestAborted));

    /// <summary>Decides about held hours or a held debit.</summary>
    /// <remarks><c>approve</c> and <c>reject</c> are for held hours: charged by the next run, or never. <c>settle</c> (it was taken), <c>resend</c> (it was not) and <c>void</c> (it shall not be) are for held debits.</remarks>
    /// <param name="id">The number of the hold, or of the debit.</param>
    /// <param name="act"><c>approve</c>, <c>reject</c>, <c>settle</c>, <c>resend</c> or <c>void</c>.</param>
    [Function("DecideHold")]
    [Operation(Role.Operator, Body = typeof(DecisionBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(200, typeof(HoldDecision))]
    [Answer(200, typeof(DebitDecision))]
    public Task<IResult> DecideHoldAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = HoldEndpoints.ActRoute)] HttpRequest request, string id, string act) =>
        gate.EnterAsync(request, Role.Operator, caller => holds.ActAsync(request, caller, long.Parse(id, CultureInfo.InvariantCulture), act));
}
