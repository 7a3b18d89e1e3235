namespace SkyPanel.Functions.Payments;

/// <summary>A top-up.</summary>
/// <param name="Message">The reason of the state; null without one, and always for a customer's link.</param>
/// <param name="ApproveUrl">The address where the payer approves it; null when there is nothing to approve.</param>
/// <param name="PaidAmount">The paid amount in <paramref name="PaidCurrency"/>; null before it was paid.</param>
/// <param name="KeptAmount">The remaining amount after refunds and lost disputes.</param>
/// <param name="KeptTokens">The whole tokens for the remaining amount.</param>
/// <param name="OrderId">The order's id at PayPal.</param>
/// <param name="CaptureId">The payment's id at PayPal.</param>
/// <param name="DisputeState">The state of the dispute at PayPal; null without one.</param>
/// <param name="RefundState">The state of the latest refund that an operator ordered; null without one.</param>
/// <param name="RefundMessage">PayPal's reason for refusing that refund; null without one, and always for a customer's link.</param>
public sealed record TopUpAnswer(
    long Id, int UserId, TopUpState State, string? Message, decimal Amount, string Currency, long Tokens, decimal RefundedAmount,
    string? ApproveUrl, DateTime CreatedAt, decimal? PaidAmount, string? PaidCurrency, DateTime? PaidAt, decimal KeptAmount,
    long KeptTokens, string? OrderId, string? CaptureId, DisputeState? DisputeState, RefundState? RefundState,
    string? RefundMessage)
{
    // The reasons may be an operator's or PayPal's words.
    internal static TopUpAnswer ForCustomer(TopUp topUp) => Of(topUp) with { Message = null, RefundMessage = null };

    internal static TopUpAnswer Of(TopUp topUp) => new(
        topUp.Id, topUp.UserId, topUp.State, topUp.Message, topUp.Amount.Value, topUp.Amount.Currency, topUp.Tokens,
        topUp.ReturnedAmount + topUp.LostAmount,
        topUp.State is TopUpState.Ordered or TopUpState.Declined ? topUp.ApproveUrl : null, topUp.CreatedAt,
        topUp.Captured?.Value, topUp.Captured?.Currency, topUp.CapturedAt, topUp.KeptAmount, topUp.KeptTokens, topUp.OrderId,
            topUp.CaptureId, topUp.DisputeState, topUp.RefundState, topUp.RefundMessage);
}
