namespace SkyPanel.Functions.Payments;

/// <summary>An order at PayPal.</summary>
/// <param name="Status">Such as <c>PAYER_ACTION_REQUIRED</c>, <c>APPROVED</c>, <c>COMPLETED</c>, <c>VOIDED</c>.</param>
/// <param name="PayeeId">The paid merchant.</param>
/// <param name="ApproveUrl">The address where the payer approves it.</param>
/// <param name="Refunds">Completed refunds and reversals; null when PayPal shows the capture without its order.</param>
public sealed record PayPalOrder(
    string Id, string Status, string? CustomId, PayPalMoney? Amount, string? PayeeId, string? ApproveUrl,
        IReadOnlyList<PayPalCapture> Captures, IReadOnlyList<PayPalRefund>? Refunds)
{
    /// <summary>The capture that moved money or may move it, else the latest attempt.</summary>
    public PayPalCapture? Capture =>
        Captures.FirstOrDefault(capture => capture.Status is not (CaptureStatus.Declined or CaptureStatus.Failed))
        ?? (Captures.Count > 0 ? Captures[^1] : null);

    /// <returns>Null when the format is invalid.</returns>
    internal static PayPalOrder? Read(JsonElement json)
    {
        if (json.Text("id") is not { } id || json.Text("status") is not { } status
            || json.Items("purchase_units").ToArray() is not [var unit])
            return null;
        var payments = unit.Field("payments");
        var captures = (payments?.Items("captures") ?? []).Select(PayPalCapture.Read).ToArray();
        var refunds = (payments?.Items("refunds") ?? []).Where(refund => refund.Text("status") == "COMPLETED").Select(PayPalRefund.Read)
            .ToArray();
        if (captures.Contains(null) || refunds.Contains(null))
            return null;
        // Found by rel, as the order of links isn't documented.
        var links = json.Items("links").ToLookup(link => link.Text("rel"), link => link.Text("href"));
        return new(id, status, unit.Text("custom_id"), unit.Money("amount"), unit.Field("payee")?.Text("merchant_id"),
            links["payer-action"].Concat(links["approve"]).FirstOrDefault(), captures!, refunds!);
    }
}

/// <summary>An attempt to capture an order's money.</summary>
/// <param name="Reason">PayPal's reason why it is pending or declined.</param>
public sealed record PayPalCapture(string Id, CaptureStatus Status, string? Reason, PayPalMoney Amount, string? CustomId, string? PayeeId)
{
    /// <returns>Null when the format is invalid.</returns>
    internal static PayPalCapture? Read(JsonElement json) =>
        json.Text("id") is { } id && json.Text("status") is { } status && json.Money("amount") is { } amount
            ? new(id, CaptureStatuses.Parse(status), json.Field("status_details")?.Text("reason"), amount, json.Text("custom_id"),
                json.Field("payee")?.Text("merchant_id")) : null;
}

public sealed record PayPalRefund(string? Id, PayPalMoney Amount, DateTimeOffset? CreatedAt)
{
    internal static PayPalRefund? Read(JsonElement json) => json.Money("amount") is { } amount
        ? new(json.Text("id"), amount, json.Instant("create_time")) : null;
}

public enum CaptureStatus
{
    /// <summary>A status that this build doesn't know.</summary>
    Unknown,
    Pending,
    Completed,
    PartiallyRefunded,
    Refunded,
    Declined,
    Failed,
}

/// <summary>Parses PayPal's capture statuses.</summary>
public static class CaptureStatuses
{
    public static CaptureStatus Parse(string text) => text switch
    {
        "PENDING" => CaptureStatus.Pending,
        "COMPLETED" => CaptureStatus.Completed,
        "PARTIALLY_REFUNDED" => CaptureStatus.PartiallyRefunded,
        "REFUNDED" => CaptureStatus.Refunded,
        "DECLINED" => CaptureStatus.Declined,
        "FAILED" => CaptureStatus.Failed,
        _ => CaptureStatus.Unknown,
    };

    /// <summary>Whether the money was paid, even if some or all of it was refunded.</summary>
    public static bool IsPaid(this CaptureStatus status) => status is CaptureStatus.Completed or CaptureStatus.PartiallyRefunded
        or CaptureStatus.Refunded;
}
