using System.Text.Json;

namespace SkyPanel.Functions.Payments;

/// <summary>A payer's claim to have money back, as PayPal shows it.</summary>
/// <param name="CaptureIds">What it is about.</param>
/// <param name="IsResolved">False: it is open, whatever its step.</param>
/// <param name="Taken">What its outcome took from the merchant; null when nothing was said of it.</param>
public sealed record PayPalDispute(string Id, IReadOnlyList<string> CaptureIds, bool IsResolved, string? Outcome, PayPalMoney Amount,
    PayPalMoney? Taken, DateTimeOffset? CreatedAt)
{
    private static readonly string[] OutcomesForTheSeller = ["RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER",
        "DENIED"];

    /// <summary>Open too when it is resolved in a word that this build doesn't know.</summary>
    public DisputeState State => !IsResolved ? DisputeState.Open : OutcomesForTheSeller.Contains(Outcome) ? DisputeState.Won
        : Outcome is "RESOLVED_BUYER_FAVOUR" or "ACCEPTED" ? DisputeState.Lost : DisputeState.Open;

    /// <returns>Null when it isn't as documented.</returns>
    internal static PayPalDispute? Read(JsonElement json) =>
        json.Text("dispute_id") is { } id && json.Text("status") is { } status && json.Money("dispute_amount") is { } amount
            ? new(id, [.. json.Items("disputed_transactions").Select(one => one.Text("seller_transaction_id")).OfType<string>()],
                status == "RESOLVED",
                json.Field("dispute_outcome")?.Text("outcome_code"), amount, json.Field("dispute_outcome")?.Money("amount_refunded"),
                    json.Instant("create_time")) : null;
}
