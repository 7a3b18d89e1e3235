using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Payments;

/// <summary>Calls PayPal's REST API. Failures of PayPal or the network are returned, not thrown; a write without an answer is in
/// doubt.</summary>
/// <remarks>Each write has a <c>PayPal-Request-Id</c>: a repeat with the same one does nothing and gets the first answer.</remarks>
public sealed class PayPalClient(IHttpClientFactory clients, PayPalSettings settings, PayPalTokens tokens, TimeProvider time)
{
    public Task<PayPalOutcome<PayPalOrder>> CreateOrderAsync(NewOrder order, CancellationToken ct)
    {
        var unit = new JsonObject
        {
            ["custom_id"] = order.Reference, ["invoice_id"] = order.Reference, ["description"] = order.Description,
                ["amount"] = Json(order.Amount),
        };
        var context = new JsonObject
        {
            ["payment_method_preference"] = "IMMEDIATE_PAYMENT_REQUIRED", ["shipping_preference"] = "NO_SHIPPING",
                ["user_action"] = "PAY_NOW",
            ["return_url"] = order.ReturnUrl, ["cancel_url"] = order.CancelUrl,
        };
        return WriteAsync("v2/checkout/orders", order.Reference, new JsonObject
        {
            ["intent"] = "CAPTURE", ["purchase_units"] = new JsonArray(unit),
            ["payment_source"] = new JsonObject { ["paypal"] = new JsonObject { ["experience_context"] = context } },
        }, PayPalOrder.Read, ct);
    }

    public Task<PayPalOutcome<PayPalOrder>> FindOrderAsync(string orderId, CancellationToken ct) =>
        ReadAsync($"v2/checkout/orders/{Uri.EscapeDataString(orderId)}", PayPalOrder.Read, ct);

    /// <summary>Captures the money of an approved order.</summary>
    public Task<PayPalOutcome<PayPalOrder>> CaptureAsync(string orderId, string requestId, CancellationToken ct) =>
        WriteAsync($"v2/checkout/orders/{Uri.EscapeDataString(orderId)}/capture", requestId, [], PayPalOrder.Read, ct);

    public Task<PayPalOutcome<PayPalCapture>> FindCaptureAsync(string captureId, CancellationToken ct) =>
        ReadAsync($"v2/payments/captures/{Uri.EscapeDataString(captureId)}", PayPalCapture.Read, ct);

    /// <summary>Refunds money of a capture to its payer.</summary>
    /// <returns>The refund's id.</returns>
    public Task<PayPalOutcome<string>> RefundAsync(string captureId, string requestId, PayPalMoney amount, CancellationToken ct) =>
        WriteAsync($"v2/payments/captures/{Uri.EscapeDataString(captureId)}/refund", requestId,
            new JsonObject { ["amount"] = Json(amount) }, json => json.Text("id"), ct);

    public Task<PayPalOutcome<PayPalDispute>> FindDisputeAsync(string disputeId, CancellationToken ct) =>
        ReadAsync($"v1/customer/disputes/{Uri.EscapeDataString(disputeId)}", PayPalDispute.Read, ct);

    /// <summary>Lists a page of disputes that changed since an instant of the last 180 days.</summary>
    public Task<PayPalOutcome<PayPalDisputes>> ListDisputesAsync(DateTime updatedAfter, int page, CancellationToken ct) =>
        ReadAsync(string.Create(CultureInfo.InvariantCulture,
            $"v1/customer/disputes?update_time_after={updatedAfter:yyyy-MM-ddTHH:mm:ss.fffZ}&page_size=50&page={page}"),
            PayPalDisputes.Read, ct);

    /// <summary>Lists a page of payments that were made in a range of at most 31 days.</summary>
    public Task<PayPalOutcome<PayPalTransactions>> ListTransactionsAsync(DateTimeOffset from, DateTimeOffset until, int page,
        CancellationToken ct) =>
        ReadAsync(string.Create(CultureInfo.InvariantCulture,
            $"v1/reporting/transactions?start_date={from.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}" +
                $"&end_date={until.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}&fields=transaction_info&page_size=500&page={page}"),
            PayPalTransactions.Read, ct);

    /// <summary>Asks PayPal whether a webhook is its own.</summary>
    /// <param name="body">The unchanged bytes, as PayPal signed them.</param>
    /// <returns><c>SUCCESS</c> or <c>FAILURE</c>.</returns>
    public Task<PayPalOutcome<string>> VerifyWebhookAsync(WebhookSignature signature, string webhookId, ReadOnlyMemory<byte> body,
        CancellationToken ct)
    {
        var head = new JsonObject
        {
            ["auth_algo"] = signature.Algorithm, ["cert_url"] = signature.CertificateUrl, ["transmission_id"] = signature.TransmissionId,
            ["transmission_sig"] = signature.Signature, ["transmission_time"] = signature.TransmissionTime, ["webhook_id"] = webhookId,
        }.ToJsonString();
        var spliced = $"{head[..^1]},\"webhook_event\":{Encoding.UTF8.GetString(body.Span)}}}";
        return SendAsync(PayPalRegistration.Reads, () => Request(HttpMethod.Post, "v1/notifications/verify-webhook-signature", spliced,
            null), json => json.Text("verification_status"), ct);
    }

    private Task<PayPalOutcome<T>> ReadAsync<T>(string path, Func<System.Text.Json.JsonElement, T?> read, CancellationToken ct) where T
        : class =>
        SendAsync(PayPalRegistration.Reads, () => Request(HttpMethod.Get, path, null, null), read, ct);

    // Not cancellable once it is sent, as cancelling would leave its outcome in doubt.
    private async Task<PayPalOutcome<T>> WriteAsync<T>(string path, string requestId, JsonObject body,
        Func<System.Text.Json.JsonElement, T?> read, CancellationToken ct) where T : class
    {
        ct.ThrowIfCancellationRequested();
        return await SendAsync(PayPalRegistration.Writes, () => Request(HttpMethod.Post, path, body.ToJsonString(), requestId), read,
            CancellationToken.None);
    }

    private async Task<PayPalOutcome<T>> SendAsync<T>(string client, Func<HttpRequestMessage> make,
        Func<System.Text.Json.JsonElement, T?> read, CancellationToken ct) where T : class
    {
        for (var isRenewed = false; ; isRenewed = true)
        {
            var (token, problem) = await tokens.GetAsync(ct);
            if (token is null)
                return new PayPalOutcome<T>.InDoubt($"no token: {problem}");
            using var request = make();
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var answer = await PayPalRegistration.SendAsync(clients, client, request, time, ct);
            if (answer.Status != 401 || isRenewed)
                return answer.As(read);
            tokens.Invalidate(token);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? body, string? requestId)
    {
        var request = new HttpRequestMessage(method, new Uri(settings.Address, path));
        request.Headers.Accept.Add(new("application/json"));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (requestId is not null)
        {
            request.Headers.Add("PayPal-Request-Id", requestId);
            request.Headers.Add("Prefer", "return=representation");
        }
        return request;
    }

    private static JsonObject Json(PayPalMoney amount) => new() { ["currency_code"] = amount.Currency, ["value"] = amount.Text };
}

/// <param name="Reference">Our reference, sent as <c>custom_id</c>, <c>invoice_id</c> and <c>PayPal-Request-Id</c>.</param>
public sealed record NewOrder(string Reference, PayPalMoney Amount, string Description, string ReturnUrl, string CancelUrl);
