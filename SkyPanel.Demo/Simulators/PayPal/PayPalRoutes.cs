using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>Serves Orders v2, Payments v2 and disputes.</summary>
internal static class PayPalRoutes
{
    public static void Map(WebApplication app, PayPalBooks books, Func<string> address)
    {
        app.MapPost("/v2/checkout/orders", (HttpRequest request) => CreateAsync(request, books, address()));
        app.MapGet("/v2/checkout/orders/{id}", (string id) => Answer(books.Order(id, address())));
        app.MapPost("/v2/checkout/orders/{id}/capture", (string id, HttpRequest request) =>
            Answer(books.Capture(id, RequestId(request), address()), StatusCodes.Status201Created));
        app.MapGet("/v2/payments/captures/{id}", (string id) => Answer(books.FindCapture(id)));
        app.MapPost("/v2/payments/captures/{id}/refund", (string id, HttpRequest request) => RefundAsync(id, request, books));
        app.MapGet("/v1/customer/disputes/{id}", (string id) => Answer(books.FindDispute(id)));
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, PayPalBooks books, string address)
    {
        var body = await ReadAsync(request);
        if (body?["intent"]?.GetValue<string>() != "CAPTURE" || body["purchase_units"] is not JsonArray { Count: 1 } units
            || units[0]?["amount"] is not JsonObject amount || Value(amount) is not > 0
            || body["payment_source"]?["paypal"]?["experience_context"] is not JsonObject context
            || context["return_url"]?.GetValue<string>() is not { } returnUrl
                || context["cancel_url"]?.GetValue<string>() is not { } cancelUrl)
            return Shape.Json(PayPalSimulator.Error("INVALID_REQUEST", "MISSING_REQUIRED_PARAMETER", "A required field is missing."),
                StatusCodes.Status400BadRequest);
        if (RequestId(request) is not { Length: <= 108 } requestId)
            return Shape.Json(PayPalSimulator.Error("INVALID_REQUEST", "PAYPAL_REQUEST_ID_REQUIRED", "A PayPal-Request-Id is required."),
                StatusCodes.Status400BadRequest);
        return Answer(books.Create(new()
        {
            Id = PayPalBooks.NewId(), Currency = amount["currency_code"]!.GetValue<string>(), Value = Value(amount)!.Value,
            CustomId = units[0]!["custom_id"]?.GetValue<string>(), InvoiceId = units[0]!["invoice_id"]?.GetValue<string>(),
            ReturnUrl = returnUrl, CancelUrl = cancelUrl, CreatedAt = TimeProvider.System.GetUtcNow(),
        }, requestId, address));
    }

    private static async Task<IResult> RefundAsync(string id, HttpRequest request, PayPalBooks books) =>
        Answer(books.Refund(id, Value((await ReadAsync(request))?["amount"] as JsonObject), RequestId(request)),
            StatusCodes.Status201Created);

    private static IResult Answer(JsonObject? body, int status = StatusCodes.Status200OK) => body switch
    {
        null => Shape.Json(PayPalSimulator.Error("RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "Specified resource does not exist."),
            StatusCodes.Status404NotFound),
        _ when body.ContainsKey("name") => Shape.Json(body, StatusCodes.Status422UnprocessableEntity),
        _ => Shape.Json(body, status),
    };

    private static string? RequestId(HttpRequest request) => request.Headers["PayPal-Request-Id"].FirstOrDefault();

    private static decimal? Value(JsonObject? amount) =>
        decimal.TryParse(amount?["value"]?.GetValue<string>(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value : null;

    private static async Task<JsonObject?> ReadAsync(HttpRequest request)
    {
        try
        {
            return await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
