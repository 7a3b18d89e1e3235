using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>Serves the page on which a payer approves an order, and redirects the browser back.</summary>
internal static class PayPalPages
{
    public static void Map(WebApplication app, PayPalBooks books)
    {
        app.MapGet("/checkoutnow", IResult (string token) => books.Find(token) is { } order ? Html(Page(order))
            : Html("<p>This order does not exist or has expired.</p>", 404));
        app.MapPost("/checkoutnow", async Task<IResult> (HttpRequest request) =>
        {
            var form = await request.ReadFormAsync();
            if (books.Find(form["token"].ToString()) is not { } order)
                return Html("<p>This order does not exist or has expired.</p>", 404);
            if (form["act"] == "cancel")
                return Results.Redirect(With(order.CancelUrl, order.Id));
            books.Approve(order.Id, form["act"].ToString() switch { "pending" => CaptureResult.Pending, "declined" =>
                CaptureResult.Declined, _ => CaptureResult.Completed });
            return Results.Redirect($"{With(order.ReturnUrl, order.Id)}&PayerID=SIMULATEDPAYER");
        });
    }

    private static string With(string url, string orderId) =>
        $"{url}{(url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}token={orderId}";

    private static string Page(SimulatedOrder order) => $"""
        <h1>A simulated PayPal</h1>
        <p>Pay <strong>{WebUtility.HtmlEncode(FormattableString.Invariant($"{order.Value:0.00} {order.Currency}"))}</strong>?
            No money moves here.</p>
        <form method="post" action="/checkoutnow">
        <input type="hidden" name="token" value="{WebUtility.HtmlEncode(order.Id)}">
        <button name="act" value="pay">Pay</button>
        <button name="act" value="pending">Pay by eCheck (stays pending)</button>
        <button name="act" value="declined">Pay with a card that is declined</button>
        <button name="act" value="cancel">Cancel</button>
        </form>
        """;

    private static ContentHttpResult Html(string body, int status = 200) => TypedResults.Text(
        $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>A simulated PayPal</title><body>{body}</body></html>",
            "text/html", Encoding.UTF8, status);
}
