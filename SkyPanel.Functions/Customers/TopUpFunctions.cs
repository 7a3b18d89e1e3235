using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Payments;

/// <summary>Top-ups over HTTP, for the panel.</summary>
public sealed class TopUpFunctions(Gate gate, TopUpDesk desk, Idempotency idempotency)
{
    private const string Route = "api/top-ups";
    private const string OneRoute = "api/top-ups/{id:long}";
    private const string ReturnRoute = "api/top-ups/{id:long}/return";

    /// <summary>Opens a top-up, which its payer approves at <c>approveUrl</c>.</summary>
    /// <remarks>Without an <c>approveUrl</c> PayPal gave no answer yet: ask for the top-up again a little later.</remarks>
    [Function("OpenTopUp")]
    [Operation(Role.Panel, Body = typeof(TopUpBody), IsRepeatable = true, Refuses = [404, 409])]
    [Answer(201, typeof(TopUpAnswer))]
    public Task<IResult> OpenAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Panel, async (caller, ct) =>
        {
            var body = await ApiJson.ReadAsync<TopUpBody>(request);
            return await idempotency.OnceAsync(request, caller, "open top-up", FormattableString.Invariant($"{body.UserId} {body.Amount}"),
                () => desk.OpenAsync(new(caller, null), body, ct));
        });

    /// <summary>Shows a top-up.</summary>
    /// <param name="id">The top-up's number.</param>
    [Function("GetTopUp")]
    [Operation(Role.Panel, Refuses = [404])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = OneRoute)] HttpRequest request,
        string id) =>
        gate.EnterAsync(request, Role.Panel, (caller, ct) => desk.FindAsync(new(caller, null), RouteValue.LongId(id, "top-up"), ct));

    /// <summary>Tells that the payer came back from PayPal: its order is looked at now.</summary>
    /// <remarks>It says nothing that counts. What was paid is asked of PayPal.</remarks>
    /// <param name="id">The top-up's number.</param>
    [Function("ReturnFromPayPal")]
    [Operation(Role.Panel, Refuses = [404])]
    [Answer(200, typeof(TopUpAnswer))]
    public Task<IResult> ReturnAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = ReturnRoute)] HttpRequest request,
        string id) =>
        gate.EnterAsync(request, Role.Panel, (caller, ct) => desk.ReturnAsync(new(caller, null), RouteValue.LongId(id, "top-up"), ct));
}

/// <summary>What is to be paid. The currency is the panel's.</summary>
public sealed class TopUpBody
{
    /// <summary>The customer's id in the panel.</summary>
    [Required, Range(1, int.MaxValue)]
    public int? UserId { get; set; }

    /// <summary>Currency units, with no more decimals than the currency has, such as <c>"25.00"</c>.</summary>
    [Required]
    public decimal? Amount { get; set; }
}

/// <summary>A top-up.</summary>
/// <param name="Message">Why it stands where it does; null when there is nothing to say.</param>
/// <param name="ApproveUrl">Where the payer approves it; null when there is nothing to approve.</param>
/// <param name="PaidAmount">What PayPal took, in <paramref name="PaidCurrency"/>; null before it was paid.</param>
/// <param name="KeptAmount">What is left of it after refunds and lost disputes.</param>
/// <param name="KeptTokens">Whole tokens for what is left of it.</param>
/// <param name="OrderId">PayPal's number of the order.</param>
/// <param name="CaptureId">PayPal's number of the payment.</param>
/// <param name="DisputeState">Of the payer's claim at PayPal; null when there is none.</param>
public sealed record TopUpAnswer(
    long Id, int UserId, TopUpState State, string? Message, decimal Amount, string Currency, long Tokens, decimal RefundedAmount,
    string? ApproveUrl, DateTime CreatedAt, decimal? PaidAmount, string? PaidCurrency, DateTime? PaidAt, decimal KeptAmount,
    long KeptTokens, string? OrderId, string? CaptureId, string? DisputeState)
{
    internal static TopUpAnswer Of(TopUp topUp) => new(
        topUp.Id, topUp.UserId, topUp.State, topUp.Message, topUp.Amount.Value, topUp.Amount.Currency, topUp.Tokens,
        topUp.RefundedAmount + topUp.LostAmount,
        topUp.State is TopUpState.Ordered or TopUpState.Declined ? topUp.ApproveUrl : null, topUp.CreatedAt,
        topUp.Captured?.Value, topUp.Captured?.Currency, topUp.CapturedAt, topUp.KeptAmount, topUp.KeptTokens, topUp.OrderId,
            topUp.CaptureId, topUp.DisputeState?.Text());
}
