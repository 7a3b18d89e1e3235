namespace SkyPanel.Functions.Payments;

/// <summary>A page of PayPal's list of transactions.</summary>
public sealed record PayPalTransactions(IReadOnlyList<PayPalTransaction> Items, int TotalPages)
{
    /// <returns>Null when the format is invalid.</returns>
    internal static PayPalTransactions? Read(JsonElement json)
    {
        var items = json.Items("transaction_details").Select(detail => detail.Field("transaction_info") is { } info
            ? PayPalTransaction.Read(info) : null).ToArray();
        return json.Count("total_pages") is { } pages && !items.Contains(null) ? new(items!, pages) : null;
    }
}

/// <summary>A transaction on the merchant's account.</summary>
/// <param name="Id">For a payment the capture's id.</param>
/// <param name="EventCode">Such as <c>T0006</c>, a checkout payment.</param>
/// <param name="Status"><c>S</c> for a success, <c>P</c> pending, <c>D</c> denied, <c>V</c> reversed.</param>
public sealed record PayPalTransaction(string Id, string EventCode, string Status, PayPalMoney Amount, string? CustomId)
{
    public bool IsCheckout => EventCode.StartsWith("T00", StringComparison.Ordinal) && Amount.Value > 0;

    internal static PayPalTransaction? Read(JsonElement info) =>
        info.Text("transaction_id") is { } id && info.Text("transaction_event_code") is { } code
            && info.Text("transaction_status") is { } status && info.Money("transaction_amount") is { } amount
            ? new(id, code, status, amount, info.Text("custom_field")) : null;
}
