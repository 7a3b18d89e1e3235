using System.Globalization;
using System.Text.Json.Nodes;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>Formats resources as in PayPal's API.</summary>
internal static class PayPalShapes
{
    public static JsonObject Order(SimulatedOrder order, string address)
    {
        var unit = new JsonObject
        {
            ["reference_id"] = "default",
            ["amount"] = Money(order.Currency, order.Value),
            ["payee"] = Payee(),
            ["custom_id"] = order.CustomId,
            ["invoice_id"] = order.InvoiceId,
        };
        if (order.Captures.Count > 0)
        {
            var payments = new JsonObject { ["captures"] = new JsonArray([.. order.Captures.Select(Capture)]) };
            if (order.Captures.SelectMany(capture => capture.Refunds.Select(refund => Refund(capture, refund)))
                .ToArray() is { Length: > 0 } refunds)
                payments["refunds"] = new JsonArray([.. refunds]);
            unit["payments"] = payments;
        }
        return new()
        {
            ["id"] = order.Id,
            ["intent"] = "CAPTURE",
            ["status"] = order.Status,
            ["create_time"] = Instant(order.CreatedAt),
            ["purchase_units"] = new JsonArray(unit),
            ["links"] = new JsonArray(
                Link("self", $"{address}/v2/checkout/orders/{order.Id}", "GET"),
                    Link("payer-action", $"{address}/checkoutnow?token={order.Id}", "GET")),
        };
    }

    public static JsonObject Capture(SimulatedCapture capture)
    {
        var shape = new JsonObject
        {
            ["id"] = capture.Id,
            ["status"] = capture.Status,
            ["amount"] = Money(capture.Order.Currency, capture.Order.Value),
            ["final_capture"] = true,
            ["custom_id"] = capture.Order.CustomId,
            ["invoice_id"] = capture.Order.InvoiceId,
            ["payee"] = Payee(),
            ["create_time"] = Instant(capture.CreatedAt),
            ["supplementary_data"] = new JsonObject { ["related_ids"] = new JsonObject { ["order_id"] = capture.Order.Id } },
        };
        if (capture.Reason is { } reason)
            shape["status_details"] = new JsonObject { ["reason"] = reason };
        return shape;
    }

    public static JsonObject Refund(SimulatedCapture capture, SimulatedRefund refund) => new()
    {
        ["id"] = refund.Id,
        ["status"] = "COMPLETED",
        ["amount"] = Money(capture.Order.Currency, refund.Value),
        ["custom_id"] = capture.Order.CustomId,
        ["invoice_id"] = capture.Order.InvoiceId,
        ["create_time"] = Instant(refund.CreatedAt),
        ["links"] = new JsonArray(Link("up", $"https://api-m.paypal.com/v2/payments/captures/{capture.Id}", "GET")),
    };

    public static JsonObject Dispute(SimulatedDispute dispute) => new()
    {
        ["dispute_id"] = dispute.Id,
        ["create_time"] = Instant(dispute.CreatedAt),
        ["status"] = dispute.Status,
        ["reason"] = "UNAUTHORISED",
        ["dispute_amount"] = Money(dispute.Capture.Order.Currency, dispute.Value),
        ["disputed_transactions"] = new JsonArray(new JsonObject
        {
            ["seller_transaction_id"] = dispute.Capture.Id,
            ["custom"] = dispute.Capture.Order.CustomId,
            ["invoice_number"] = dispute.Capture.Order.InvoiceId,
        }),
        ["dispute_outcome"] = new JsonObject
        {
            ["outcome_code"] = dispute.Outcome, ["amount_refunded"] = Money(dispute.Capture.Order.Currency, dispute.Refunded),
        },
    };

    public static JsonObject ListedDispute(SimulatedDispute dispute) => new()
    {
        ["dispute_id"] = dispute.Id, ["create_time"] = Instant(dispute.CreatedAt), ["update_time"] = Instant(dispute.UpdatedAt),
        ["status"] = dispute.Status, ["reason"] = "UNAUTHORISED",
        ["dispute_amount"] = Money(dispute.Capture.Order.Currency, dispute.Value),
    };

    public static JsonObject Transaction(SimulatedCapture capture) => new()
    {
        ["transaction_info"] = new JsonObject
        {
            ["transaction_id"] = capture.Id,
            ["transaction_event_code"] = "T0006",
            ["transaction_initiation_date"] = Instant(capture.CreatedAt),
            ["transaction_amount"] = Money(capture.Order.Currency, capture.Order.Value),
            ["transaction_status"] = capture.Status == "PENDING" ? "P" : "S",
            ["invoice_id"] = capture.Order.InvoiceId,
            ["custom_field"] = capture.Order.CustomId,
        },
    };

    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonObject Money(string currency, decimal value) => new()
    {
        ["currency_code"] = currency,
        ["value"] = value.ToString(currency == "JPY" ? "0" : "0.00", CultureInfo.InvariantCulture),
    };

    private static JsonObject Payee() => new() { ["email_address"] = "merchant@panel.example",
        ["merchant_id"] = PayPalSimulator.MerchantId };

    private static JsonObject Link(string rel, string href, string method) => new() { ["href"] = href, ["rel"] = rel, ["method"] = method };
}
