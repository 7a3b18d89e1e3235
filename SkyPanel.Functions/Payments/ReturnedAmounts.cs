namespace SkyPanel.Functions.Payments;

/// <summary>Computes the amounts of a capture that were returned to the payer.</summary>
/// <param name="Refunded">The sum of refunds and reversals.</param>
/// <param name="Lost">The amount of a lost dispute that is not among them.</param>
/// <param name="Reversed">The amount of a lost dispute that is among them.</param>
public sealed record ReturnedAmounts(decimal Refunded, decimal Lost, decimal Reversed)
{
    /// <param name="dispute">The latest dispute; null without one, or if PayPal doesn't show it.</param>
    /// <param name="ownRefunds">The refunds that operators ordered and PayPal made.</param>
    /// <returns>Null when PayPal doesn't show how much was returned.</returns>
    public static ReturnedAmounts? Of(TopUp topUp, PayPalOrder order, PayPalDispute? dispute,
        IReadOnlyList<OwnRefund> ownRefunds)
    {
        if (topUp.Captured is not { } captured || order.Captures.FirstOrDefault(capture => capture.Id == topUp.CaptureId)
            is not { } capture)
            return null;
        var listed = order.Refunds ?? [];
        var taken = dispute?.State != DisputeState.Lost ? null : dispute.Taken is { Value: > 0 } some ? some : dispute.Amount;
        if (listed.Any(refund => refund.Amount.Currency != captured.Currency) || taken is not null && taken.Currency != captured.Currency)
            return null;
        // Without a list, what is known of the refunds counts.
        var own = ownRefunds.Sum(refund => refund.Amount);
        var known = order.Refunds is null ? Math.Max(topUp.RefundedAmount, own + topUp.RestoredAmount)
            : listed.Sum(refund => refund.Amount.Value);
        var lost = dispute is null || order.Refunds is null && dispute.State == DisputeState.Lost
            && topUp.DisputeState == DisputeState.Lost ? topUp.LostAmount
            : taken?.Value ?? 0;
        // A lost dispute and the reversal that follows it are the same money, also in parts; an operator's own refund is other money,
        // and so is a reversal that was restored.
        var foreign = listed.Where(refund => !ownRefunds.Any(one => one.Id == refund.Id)).ToArray();
        var later = foreign.Where(refund => !(refund.CreatedAt < dispute?.CreatedAt)).Select(refund => refund.Amount.Value).ToArray();
        var isReversed = order.Refunds is null ? known - own - topUp.RestoredAmount >= lost
            : foreign.Sum(refund => refund.Amount.Value) - topUp.RestoredAmount >= lost
                && (topUp.ReversedAmount >= lost || later.Contains(lost) || later.Sum() == lost);
        if (capture.Status == CaptureStatus.PartiallyRefunded && known + lost == 0)
            return null;
        // What was restored can be refunded once more.
        return new(Math.Min(capture.Status == CaptureStatus.Refunded ? Math.Max(known, captured.Value) : known,
            captured.Value + topUp.RestoredAmount), isReversed ? 0 : lost, lost == 0 ? topUp.ReversedAmount : isReversed ? lost : 0);
    }
}
