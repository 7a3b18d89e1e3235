using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.OpenApi;

namespace SkyPanel.Functions.Billing;

/// <summary>Corrections, refunds, explanations and the integrity check over HTTP.</summary>
public sealed class CorrectionFunctions(Gate gate, CorrectionEndpoints corrections)
{
    /// <summary>Checks every law of money against the whole database.</summary>
    [Function("GetIntegrity")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(IntegrityReport))]
    public Task<IResult> GetIntegrityAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = CorrectionEndpoints.IntegrityRoute)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, _ => corrections.IntegrityAsync(request.HttpContext.RequestAborted));

    /// <summary>Explains an hour of a server, from what was observed to the tokens that were taken.</summary>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    /// <param name="hour">A full hour such as <c>2026-03-01T12:00:00Z</c>.</param>
    [Function("ExplainCharge")]
    [Operation(Role.Viewer, Refuses = [404])]
    [Answer(200, typeof(HourExplanation))]
    public Task<IResult> ExplainChargeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = CorrectionEndpoints.ExplainRoute)] HttpRequest request, string serverId, string hour) =>
        gate.EnterAsync(request, Role.Viewer, _ => corrections.ExplainAsync(int.Parse(serverId, CultureInfo.InvariantCulture), hour, request.HttpContext.RequestAborted));

    /// <summary>Lists what was adjusted of a server.</summary>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    [Function("ListCorrections")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(ServerAdjustments))]
    public Task<IResult> ListCorrectionsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = CorrectionEndpoints.CorrectRoute)] HttpRequest request, string serverId) =>
        gate.EnterAsync(request, Role.Viewer, _ => corrections.ListAsync(int.Parse(serverId, CultureInfo.InvariantCulture), request.HttpContext.RequestAborted));

    /// <summary>Corrects what hours of a server cost.</summary>
    /// <remarks>Charges are never edited: the difference is a credit note or a supplement, one an account and month.</remarks>
    /// <param name="serverId">The server's id in VirtFusion.</param>
    [Function("CorrectCharges")]
    [Operation(Role.Operator, Body = typeof(CorrectionBody), IsRepeatable = true, Refuses = [404])]
    [Answer(200, typeof(CorrectionAnswer))]
    public Task<IResult> CorrectChargesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = CorrectionEndpoints.CorrectRoute)] HttpRequest request, string serverId) =>
        gate.EnterAsync(request, Role.Operator, caller => corrections.CorrectAsync(request, caller, int.Parse(serverId, CultureInfo.InvariantCulture)));

    /// <summary>Gives the whole tokens that are owed to a customer back to the wallet.</summary>
    /// <param name="userId">The customer's id in the panel.</param>
    [Function("RefundAccount")]
    [Operation(Role.Operator, Body = typeof(RefundBody), IsRepeatable = true, Refuses = [409])]
    [Answer(200, typeof(RefundAnswer))]
    public Task<IResult> RefundAccountAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = CorrectionEndpoints.RefundRoute)] HttpRequest request, string userId) =>
        gate.EnterAsync(request, Role.Operator, caller => corrections.RefundAsync(request, caller, int.Parse(userId, CultureInfo.InvariantCulture)));
}
