namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>The result of the next capture of an order.</summary>
public enum CaptureResult
{
    Completed,
    Pending,
    Declined,
}

/// <summary>An order, changed only under the lock of its <see cref="PayPalBooks"/>.</summary>
internal sealed class SimulatedOrder
{
    public required string Id { get; init; }
    public required string Currency { get; init; }
    public required decimal Value { get; init; }
    public required string? CustomId { get; init; }
    public required string? InvoiceId { get; init; }
    public required string ReturnUrl { get; init; }
    public required string CancelUrl { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string Status { get; set; } = "PAYER_ACTION_REQUIRED";
    public CaptureResult NextCapture { get; set; }
    public List<SimulatedCapture> Captures { get; } = [];
}

/// <summary>A capture, completed or not.</summary>
internal sealed class SimulatedCapture
{
    public required string Id { get; init; }
    public required SimulatedOrder Order { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string Status { get; set; }
    public string? Reason { get; set; }
    public List<SimulatedRefund> Refunds { get; } = [];

    /// <summary>The amount that the merchant still has.</summary>
    public decimal NetAmount =>
        Status is "COMPLETED" or "PARTIALLY_REFUNDED" or "REFUNDED" ? Order.Value - Refunds.Sum(refund => refund.Value) : 0;
}

internal sealed record SimulatedRefund(string Id, decimal Value, DateTimeOffset CreatedAt);

internal sealed class SimulatedDispute
{
    public required string Id { get; init; }
    public required SimulatedCapture Capture { get; init; }
    public required decimal Value { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
    public string Status { get; set; } = "OPEN";
    public string Outcome { get; set; } = "NONE";
    public decimal Refunded { get; set; }
}
