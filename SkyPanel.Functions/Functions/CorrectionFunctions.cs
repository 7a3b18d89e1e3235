using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Admin;

namespace SkyPanel.Functions.Functions;

/// <summary>Corrections, refunds, explanations and the integrity check over HTTP.</summary>
public sealed class CorrectionFunctions(Door door, CorrectionEndpoints corrections)
{
    [Function("GetIntegrity")]
    public Task<IResult> GetIntegrityAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = CorrectionEndpoints.IntegrityRoute)] HttpRequest request) =>
        door.EnterAsync(request, Role.Viewer, _ => corrections.IntegrityAsync(request.HttpContext.RequestAborted));

    [Function("ExplainCharge")]
    public Task<IResult> ExplainChargeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = CorrectionEndpoints.ExplainRoute)] HttpRequest request, string serverId, string hour) =>
        door.EnterAsync(request, Role.Viewer, _ => corrections.ExplainAsync(int.Parse(serverId, CultureInfo.InvariantCulture), hour, request.HttpContext.RequestAborted));

    [Function("ListCorrections")]
    public Task<IResult> ListCorrectionsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = CorrectionEndpoints.CorrectRoute)] HttpRequest request, string serverId) =>
        door.EnterAsync(request, Role.Viewer, _ => corrections.ListAsync(int.Parse(serverId, CultureInfo.InvariantCulture), request.HttpContext.RequestAborted));

    [Function("CorrectCharges")]
    public Task<IResult> CorrectChargesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = CorrectionEndpoints.CorrectRoute)] HttpRequest request, string serverId) =>
        door.EnterAsync(request, Role.Operator, caller => corrections.CorrectAsync(request, caller, int.Parse(serverId, CultureInfo.InvariantCulture)));

    [Function("RefundAccount")]
    public Task<IResult> RefundAccountAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = CorrectionEndpoints.RefundRoute)] HttpRequest request, string userId) =>
        door.EnterAsync(request, Role.Operator, caller => corrections.RefundAsync(request, caller, int.Parse(userId, CultureInfo.InvariantCulture)));
}
