namespace SkyPanel.Functions.Payments;

/// <summary>A top-up's row.</summary>
/// <param name="Reference">The reference at PayPal.</param>
/// <param name="ReversedAmount">The part of the refunds that is the reversal of a lost dispute.</param>
/// <param name="RestoredAmount">The part of the refunds that PayPal has taken back, as their dispute was won on appeal.</param>
/// <param name="ClaimNumber">The number of the latest claim; writes with an older one are refused.</param>
/// <param name="AwaitsApproval">Whether its payer hasn't approved it again since it was declined.</param>
/// <param name="IsTakingBack">Whether a claw-back is under way or held: what is due beyond it is taken afterwards.</param>
/// <param name="RefundState">The state of the latest refund that an operator ordered; null without one.</param>
/// <param name="ClawBackHold">The reason why a claw-back is held for a person; null when it is not.</param>
public sealed record TopUp(
    long Id, string Reference, long AccountId, int UserId, string Currency, decimal OrderedAmount, int TokensPerUnit,
    long Tokens, DateTime CreatedAt, TopUpState State, string? Message, string? OrderId, string? PayeeId, string? ApproveUrl,
    int CaptureAttempt, string? CaptureId, decimal? CapturedAmount, string? CapturedCurrency, DateTime? CapturedAt, string? Difference,
    decimal RefundedAmount, string? DisputeId, DisputeState? DisputeState, decimal LostAmount, decimal ReversedAmount,
    decimal RestoredAmount, int ClaimNumber, int FailedSteps, string? ClawBackHold, bool AwaitsApproval,
    bool IsTakingBack, RefundState? RefundState, string? RefundMessage)
{
    /// <summary>The columns of a top-up in a query of <c>top_ups t</c> joined with its <c>accounts a</c>.</summary>
    internal const string Columns = """
        t.id, t.reference::text, t.account_id, a.user_id, t.amount as ordered_amount, t.currency, t.tokens_per_unit, t.tokens, t.created_at,
            t.state, t.message, t.order_id, t.payee_id,
        t.approve_url, t.capture_attempt, t.capture_id, t.captured_amount, t.captured_currency, t.captured_at, t.difference,
            t.refunded_amount, t.dispute_id, t.dispute_state, t.lost_amount, t.reversed_amount,
        t.restored_amount, t.claim_number, t.failed_looks as failed_steps, t.claw_back_hold,
            coalesce(coalesce(t.approved_at, '-infinity') <= t.declined_at, false) as awaits_approval,
        coalesce((select k.is_taking_back from cron_service.top_up_tokens k where k.top_up_id = t.id), false) as is_taking_back,
        (select r.state from cron_service.top_up_refunds r where r.top_up_id = t.id order by r.id desc limit 1) as refund_state,
        (select r.message from cron_service.top_up_refunds r where r.top_up_id = t.id order by r.id desc limit 1) as refund_message
        """;

    public PayPalMoney Amount => new(Currency, OrderedAmount);

    /// <summary>The paid amount; null before it is paid.</summary>
    public PayPalMoney? Captured => CapturedCurrency is null ? null : new(CapturedCurrency, CapturedAmount!.Value);

    /// <summary>The refunds and reversals that the payer still has, in currency units.</summary>
    public decimal ReturnedAmount => RefundedAmount - RestoredAmount;

    /// <summary>The remaining money, in currency units.</summary>
    public decimal KeptAmount => Captured is null ? 0 : Math.Max(0, Captured.Value - ReturnedAmount - LostAmount);

    /// <summary>The whole tokens for the remaining money.</summary>
    public long KeptTokens => (long)decimal.Floor(KeptAmount * TokensPerUnit);

    public bool IsDisputed => DisputeState == Payments.DisputeState.Open;
}
