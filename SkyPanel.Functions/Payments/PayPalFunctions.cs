using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Jobs;

namespace SkyPanel.Functions.Payments;

/// <summary>Serves PayPal's webhooks and returning payers. They move no money: they only start the top-up's next step earlier.</summary>
public sealed class PayPalFunctions(
    Gate gate, WebhookVerifier verifier, PayPalEvents events, TopUpQueries queries, TopUpSteps steps, BackgroundRuns background,
        ILogger<PayPalFunctions> logger)
{
    private const int MaxOrderIdLength = 64;

    /// <summary>Receives an event of PayPal.</summary>
    /// <remarks>It must have PayPal's signature. It is stored, answered at once and processed later; a repeated delivery changes
    /// nothing.</remarks>
    [Function("PayPalWebhook")]
    [Operation(Role.None)]
    [Answer(200, typeof(WebhookAnswer))]
    public Task<IResult> WebhookAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/paypal/webhook")] HttpRequest request) =>
        gate.OpenAsync(request, async ct =>
    {
        var body = await ApiJson.ReadBytesAsync(request);
        if (WebhookSignature.Read(request.Headers) is not { } signature)
            throw new BadInputException("PAYPAL-TRANSMISSION-SIG", "and the other headers of PayPal's signature must be there");
        switch (await verifier.VerifyAsync(signature, body, ct))
        {
            case WebhookVerdict.Forged(var reason):
                logger.LogWarning("A webhook is refused: {Reason}", reason);
                throw new BadInputException("PAYPAL-TRANSMISSION-SIG", $"doesn't prove that this is PayPal's: {reason}");
            case WebhookVerdict.Unknown(var reason):
                logger.LogWarning("A webhook can't be verified now: {Reason}", reason);
                return Problem.Unavailable("The webhook can't be verified now.");
            case WebhookVerdict.Genuine(var sentAt):
                var (isNew, topUpId) = await events.StoreAsync(body, sentAt, CancellationToken.None)
                    ?? throw new BadInputException("body", "must be an event with id, event_type and resource");
                if (isNew && topUpId is { } id)
                    _ = background.Start(token => AdvanceAsync(id, token));
                return ApiJson.Ok(new WebhookAnswer(isNew));
            default:
                return Problem.Failed();
        }
    });

    /// <summary>Shows the state of the payment to a payer who returns from PayPal.</summary>
    /// <remarks>PayPal adds the order as <c>token</c>.</remarks>
    [Function("PayPalReturn")]
    [Operation(Role.None)]
    [Answer(200, typeof(string), "text/html")]
    public Task<IResult> ReturnAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/paypal/return")] HttpRequest request) =>
        gate.OpenAsync(request, async ct =>
    {
        if (OrderId(request) is not { } orderId || await queries.ReturnAsync(orderId, ct) is not { } id)
            return Page(request, "This payment is not known here.");
        await AdvanceAsync(id, CancellationToken.None);
        return Page(request, TextOf((await queries.FindAsync(id, ct))!.State));
    }, takesAnyQuery: true);

    /// <summary>Shows the state of the payment to a payer who cancelled at PayPal.</summary>
    /// <remarks>PayPal adds the order as <c>token</c>. It may be paid already, from another page.</remarks>
    [Function("PayPalCancel")]
    [Operation(Role.None)]
    [Answer(200, typeof(string), "text/html")]
    public Task<IResult> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/paypal/cancel")] HttpRequest request) =>
        gate.OpenAsync(request, async ct =>
    {
        var state = OrderId(request) is { } orderId ? await queries.CancelAsync(orderId, ct) : null;
        return Page(request, TextOf(state ?? TopUpState.Cancelled));
    }, takesAnyQuery: true);

    private async Task<bool> AdvanceAsync(long id, CancellationToken ct)
    {
        try
        {
            await steps.AdvanceAsync(id, ct);
            return true;
        }
        catch (Exception e) when (!ct.IsCancellationRequested) // The next heartbeat takes the step.
        {
            logger.LogWarning(e, "Top-up {TopUpId} waits for the next heartbeat", id);
            return false;
        }
    }

    // As on the customer's own page.
    private static string TextOf(TopUpState state) => state switch
    {
        TopUpState.Granted or TopUpState.Won => "Thank you. Your payment was received and your balance was topped up.",
        TopUpState.Pending => "Thank you. PayPal is waiting for your payment; your balance is topped up when it arrives.",
        TopUpState.Declined => "Your payment was declined. Nothing was charged; please try again or choose another way to pay at PayPal.",
        TopUpState.Created or TopUpState.Ordered or TopUpState.Capturing or TopUpState.InDoubt => "PayPal has not confirmed a payment " +
            "yet. If you approved it, please wait some minutes before you pay again: it is completed automatically.",
        TopUpState.Cancelled => "The payment was cancelled. Nothing was charged.",
        TopUpState.Expired => "The payment was not made in time. Nothing was charged.",
        TopUpState.Denied => "PayPal did not carry out the payment, or it was given back. Nothing was added to your balance.",
        TopUpState.Held => "Your payment is being checked by a person.",
        TopUpState.PartlyRefunded => "A part of your payment was given back.",
        TopUpState.Refunded => "Your payment was given back.",
        TopUpState.Lost => "Your payment, or a part of it, was given back.",
        TopUpState.Disputed => "Your payment is disputed: PayPal decides about it.",
        _ => "Thank you. Your payment was received; your balance is topped up in a moment.",
    } + " You may close this page.";

    private static string? OrderId(HttpRequest request) => request.Query["token"] is [{ Length: > 0 and <= MaxOrderIdLength } token]
        && token.All(char.IsAsciiLetterOrDigit) ? token : null;

    // The script leads payers back to our page if they came from it; the text is for others.
    private static IResult Page(HttpRequest request, string text)
    {
        request.HttpContext.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
        return Results.Text($"""
            <!doctype html><html lang="en"><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>Payment</title>
            <script type="module" src="/pay/files/current/back.js"></script><body><p>{text}</p></body></html>
            """, "text/html", Encoding.UTF8);
    }
}

/// <summary>The answer to an event.</summary>
/// <param name="Stored">False when it was known before.</param>
public sealed record WebhookAnswer(bool Stored);
