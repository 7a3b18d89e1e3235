namespace SkyPanel.Functions.Payments;

/// <summary>The state of a top-up's order at PayPal.</summary>
public abstract record OrderAssessment
{
    private OrderAssessment() { }

    /// <summary>The payer has not approved it.</summary>
    public sealed record Waits : OrderAssessment;

    /// <summary>Approved as requested: the money can be captured.</summary>
    public sealed record Approved : OrderAssessment;

    /// <summary>PayPal waits for the money.</summary>
    public sealed record Pending(PayPalCapture Capture) : OrderAssessment;

    /// <summary>Paid as requested.</summary>
    public sealed record Paid(PayPalCapture Capture) : OrderAssessment;

    /// <summary>Paid, but not as requested.</summary>
    public sealed record Differs(PayPalCapture Capture, string Difference) : OrderAssessment;

    /// <summary>The payer may approve it again.</summary>
    public sealed record Declined(string Reason) : OrderAssessment;

    /// <summary>The payment failed permanently.</summary>
    public sealed record Denied(string Reason) : OrderAssessment;

    /// <summary>Nothing was paid, and nothing can be paid.</summary>
    public sealed record Gone(string Reason) : OrderAssessment;

    /// <summary>The state is unclear, and nothing is done.</summary>
    public sealed record Unclear(string Reason) : OrderAssessment;

    /// <summary>Determines the state by the capture or, without one, by the order's status.</summary>
    public static OrderAssessment Of(TopUp topUp, PayPalOrder order) => order switch
    {
        { Capture: { Status: CaptureStatus.Pending } capture } => new Pending(capture),
        { Capture: { } capture } when capture.Status.IsPaid() => order.Captures.Count(one => one.Status.IsPaid()) > 1
            ? new Differs(capture, "PayPal shows more than one capture")
            : Compare(topUp, capture.Amount, [capture.PayeeId, order.PayeeId], [capture.CustomId, order.CustomId]) is { } difference
                ? new Differs(capture, difference)
            : new Paid(capture),
        { Capture.Status: CaptureStatus.Unknown } => new Unclear("PayPal shows a capture in a status that this build doesn't know"),
        { Status: "APPROVED" } => Compare(topUp, order.Amount, [order.PayeeId], [order.CustomId]) is { } difference
            ? new Gone($"the order isn't as asked, and nothing was captured: {difference}")
            : new Approved(),
        // A refused pending payment can't be approved again.
        { Capture: { } capture } => topUp.State == TopUpState.Pending || capture.Status == CaptureStatus.Failed
            ? new Denied(capture.Reason ?? "the payment was denied")
            : new Declined(capture.Reason ?? "the payment was declined"),
        { Status: "CREATED" or "SAVED" or "PAYER_ACTION_REQUIRED" } => new Waits(),
        { Status: "VOIDED" } => new Gone("PayPal voided the order"),
        _ => new Unclear($"PayPal shows the order as {order.Status}, without a capture"),
    };

    private static string? Compare(TopUp topUp, PayPalMoney? amount, string?[] payees, string?[] customIds) =>
        amount is null ? "PayPal names no amount"
        : amount.Currency != topUp.Amount.Currency || amount.Value != topUp.Amount.Value
            ? $"PayPal has {amount} where {topUp.Amount} was asked"
        : topUp.PayeeId is null || Array.TrueForAll(payees, payee => payee is null) ? "PayPal doesn't say who is paid"
        : Array.Exists(payees, payee => payee is not null && payee != topUp.PayeeId) ? $"another merchant was paid, not {topUp.PayeeId}"
        : Array.TrueForAll(customIds, id => id is null) || Array.Exists(customIds, id => id is not null && id != topUp.Reference)
            ? "it names another top-up, or none"
        : null;
}
