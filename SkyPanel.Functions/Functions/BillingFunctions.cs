using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Admin;

namespace SkyPanel.Functions.Functions;

/// <summary>Money over HTTP.</summary>
public sealed class BillingFunctions(Door door, HoldEndpoints holds, AccountEndpoints accounts)
{
    [Function("GetAccount")]
    public Task<IResult> GetAccountAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = AccountEndpoints.AccountRoute)] HttpRequest request, string userId) =>
        door.EnterAsync(request, Role.Viewer, _ => accounts.AccountAsync(int.Parse(userId, CultureInfo.InvariantCulture), request.HttpContext.RequestAborted));

    [Function("GetServerCharges")]
    public Task<IResult> GetServerChargesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = AccountEndpoints.ChargesRoute)] HttpRequest request, string serverId) =>
        door.EnterAsync(request, Role.Viewer, _ => accounts.ChargesAsync(request, int.Parse(serverId, CultureInfo.InvariantCulture), request.HttpContext.RequestAborted));

    [Function("ListHolds")]
    public Task<IResult> ListHoldsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = HoldEndpoints.ListRoute)] HttpRequest request) =>
        door.EnterAsync(request, Role.Viewer, _ => holds.ListAsync(request, request.HttpContext.RequestAborted));

    [Function("DecideHold")]
    public Task<IResult> DecideHoldAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = HoldEndpoints.ActRoute)] HttpRequest request, string id, string act) =>
        door.EnterAsync(request, Role.Operator, caller => holds.ActAsync(request, caller, long.Parse(id, CultureInfo.InvariantCulture), act));
}
