namespace SkyPanel.Functions.Payments;

/// <summary>Computes the amounts of a capture that were returned to the payer.</summary>
/// <param name="Refunded">The sum of refunds and reversals.</param>
/// <param name="Lost">The amount of a lost dispute that is not among them.</param>
public sealed record ReturnedAmounts(decimal Refunded, decimal Lost)
{
    /// <param name="dispute">The latest dispute; null without one, or if PayPal doesn't show it.</param>
    /// <returns>Null when PayPal doesn't show how much was returned.</returns>
    public static ReturnedAmounts? Of(TopUp topUp, PayPalOrder order, PayPalDispute? dispute)
    {
        if (topUp.Captured is not { } captured || order.Captures.FirstOrDefault(capture => capture.Id == topUp.CaptureId)
            is not { } capture)
            return null;
        var refunded = capture.Status == CaptureStatus.Refunded ? captured.Value : order.Refunds.Sum(refund => refund.Amount.Value);
        if (capture.Status == CaptureStatus.PartiallyRefunded && refunded == 0
            || order.Refunds.Any(refund => refund.Amount.Currency != captured.Currency))
            return null;
        var lost = dispute is null ? topUp.LostAmount : dispute.State != DisputeState.Lost ? 0 : dispute.Taken is { Value: > 0 } taken
            ? taken.Value : dispute.Amount.Value;
        // A lost dispute and the reversal that follows it are the same money.
        var isReversed = order.Refunds.Any(refund => refund.Amount.Value == lost && !(refund.CreatedAt < dispute?.CreatedAt));
        return new(Math.Min(refunded, captured.Value), isReversed ? 0 : lost);
    }
}
