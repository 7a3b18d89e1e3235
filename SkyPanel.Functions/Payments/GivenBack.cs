namespace SkyPanel.Functions.Payments;

/// <summary>Reckons what a payer got back of a capture.</summary>
/// <param name="Refunded">In refunds and reversals, as PayPal shows them.</param>
/// <param name="Lost">By a lost dispute, and not among them.</param>
public sealed record GivenBack(decimal Refunded, decimal Lost)
{
    /// <param name="dispute">The latest one; null when there is none.</param>
    /// <returns>Null when PayPal says that money went back, but not how much.</returns>
    public static GivenBack? Of(TopUp topUp, PayPalOrder order, PayPalDispute? dispute)
    {
        if (topUp.Captured is not { } captured || order.Captures.FirstOrDefault(capture => capture.Id == topUp.CaptureId)
            is not { } capture)
            return null;
        var refunded = capture.Status == CaptureStatus.Refunded ? captured.Value : order.Refunds.Sum(refund => refund.Amount.Value);
        if (capture.Status == CaptureStatus.PartiallyRefunded && refunded == 0
            || order.Refunds.Any(refund => refund.Amount.Currency != captured.Currency))
            return null;
        return new(Math.Min(refunded, captured.Value), dispute?.State == DisputeState.Lost ? NotAmong(order.Refunds, dispute) : 0);
    }

    // A lost dispute and the reversal that follows from it are the same money.
    private static decimal NotAmong(IReadOnlyList<PayPalRefund> refunds, PayPalDispute dispute)
    {
        var taken = dispute.Taken is { Value: > 0 } said ? said.Value : dispute.Amount.Value;
        return refunds.Any(refund => refund.Amount.Value == taken && !(refund.CreatedAt < dispute.CreatedAt)) ? 0 : taken;
    }
}
