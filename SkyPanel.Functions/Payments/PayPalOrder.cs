using System.Text.Json;

namespace SkyPanel.Functions.Payments;

/// <summary>An order as PayPal shows it.</summary>
/// <param name="Status">Such as <c>PAYER_ACTION_REQUIRED</c>, <c>APPROVED</c>, <c>COMPLETED</c>, <c>VOIDED</c>.</param>
/// <param name="PayeeId">The merchant that is paid.</param>
/// <param name="ApproveUrl">Where the payer approves it.</param>
/// <param name="Refunds">Refunds and reversals that are completed.</param>
public sealed record PayPalOrder(
    string Id, string Status, string? CustomId, PayPalMoney? Amount, string? PayeeId, string? ApproveUrl,
        IReadOnlyList<PayPalCapture> Captures, IReadOnlyList<PayPalRefund> Refunds)
{
    /// <summary>The capture that moved money or may yet, else the latest attempt.</summary>
    public PayPalCapture? Capture =>
        Captures.FirstOrDefault(capture => capture.Status is not (CaptureStatus.Declined or CaptureStatus.Failed))
        ?? (Captures.Count > 0 ? Captures[^1] : null);

    /// <returns>Null when it isn't as documented.</returns>
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
        // Never by its index: their order isn't documented.
        var links = json.Items("links").ToLookup(link => link.Text("rel"), link => link.Text("href"));
        return new(id, status, unit.Text("custom_id"), unit.Money("amount"), unit.Field("payee")?.Text("merchant_id"),
            links["payer-action"].Concat(links["approve"]).FirstOrDefault(), captures!, refunds!);
    }
}

/// <summary>One attempt to move an order's money.</summary>
/// <param name="Reason">Why it is pending or declined, in PayPal's word.</param>
public sealed record PayPalCapture(string Id, CaptureStatus Status, string? Reason, PayPalMoney Amount, string? CustomId, string? PayeeId)
{
    /// <returns>Null when it isn't as documented.</returns>
    internal static PayPalCapture? Read(JsonElement json) =>
        json.Text("id") is { } id && json.Text("status") is { } status && json.Money("amount") is { } amount
            ? new(id, CaptureStatuses.Parse(status), json.Field("status_details")?.Text("reason"), amount, json.Text("custom_id"),
                json.Field("payee")?.Text("merchant_id")) : null;
}

/// <summary>Money of a capture that went back to its payer.</summary>
public sealed record PayPalRefund(PayPalMoney Amount, DateTimeOffset? CreatedAt)
{
    internal static PayPalRefund? Read(JsonElement json) => json.Money("amount") is { } amount ? new(amount, json.Instant("create_time"))
        : null;
}

/// <summary>How a capture stands.</summary>
public enum CaptureStatus
{
    /// <summary>A word that this build doesn't know: nothing follows from it.</summary>
    Unknown,
    Pending,
    Completed,
    PartiallyRefunded,
    Refunded,
    Declined,
    Failed,
}

/// <summary>Capture statuses as PayPal writes them.</summary>
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

    /// <summary>Whether the money was paid, some or all of which may have been given back.</summary>
    public static bool IsPaid(this CaptureStatus status) => status is CaptureStatus.Completed or CaptureStatus.PartiallyRefunded
        or CaptureStatus.Refunded;
}
