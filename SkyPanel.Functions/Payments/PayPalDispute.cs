namespace SkyPanel.Functions.Payments;

/// <summary>A dispute at PayPal.</summary>
/// <param name="CaptureIds">The disputed captures.</param>
/// <param name="Taken">The amount taken from the merchant; null when it is missing.</param>
public sealed record PayPalDispute(string Id, IReadOnlyList<string> CaptureIds, bool IsResolved, string? Outcome, PayPalMoney Amount,
    PayPalMoney? Taken, DateTimeOffset? CreatedAt)
{
    private static readonly string[] OutcomesForTheSeller = ["RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER",
        "DENIED", Undecided];

    // Another dispute of the same payment replaces it.
    private const string Undecided = "NONE";

    /// <summary>The state; an unknown outcome counts as open.</summary>
    public DisputeState State => !IsResolved ? DisputeState.Open : OutcomesForTheSeller.Contains(Outcome) ? DisputeState.Won
        : Outcome is "RESOLVED_BUYER_FAVOUR" or "ACCEPTED" ? DisputeState.Lost : DisputeState.Open;

    /// <summary>Whether it was closed without a decision, because another dispute of the same payment replaces it.</summary>
    public bool IsReplaced => IsResolved && Outcome == Undecided;

    /// <returns>Null when the format is invalid.</returns>
    internal static PayPalDispute? Read(JsonElement json) =>
        json.Text("dispute_id") is { } id && json.Text("status") is { } status && json.Money("dispute_amount") is { } amount
            ? new(id, [.. json.Items("disputed_transactions").Select(one => one.Text("seller_transaction_id")).OfType<string>()],
                status == "RESOLVED",
                json.Field("dispute_outcome")?.Text("outcome_code"), amount, json.Field("dispute_outcome")?.Money("amount_refunded"),
                    json.Instant("create_time")) : null;
}
