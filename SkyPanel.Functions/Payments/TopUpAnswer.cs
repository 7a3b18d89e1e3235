using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Payments;

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
