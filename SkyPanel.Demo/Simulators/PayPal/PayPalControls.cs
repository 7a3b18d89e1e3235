using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>Serves the simulator's own controls, for curl while a demo runs.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>GET /simulator/orders</c>: each order with its status and net amount.</item>
/// <item><c>POST /simulator/orders/{id}/complete</c> and <c>/deny</c>: decides a pending capture.</item>
/// <item><c>POST /simulator/orders/{id}/refund</c> with <c>{"value":2.50}</c>; <c>/dispute</c> likewise.</item>
/// <item><c>POST /simulator/disputes/{id}/win</c> and <c>/lose</c>.</item>
/// <item><c>POST /simulator/faults</c> with a <see cref="FaultOrder"/>; <c>DELETE /simulator/faults</c> ends them all.</item>
/// </list>
/// </remarks>
internal static class PayPalControls
{
    public static void Map(RouteGroupBuilder simulator, PayPalBooks books, FaultPlan faults)
    {
        simulator.MapGet("/orders",
            () => TypedResults.Json(books.OrderIds.Select(id => new { id, status = books.Status(id), kept = books.NetAmount(id) })));
        simulator.MapPost("/orders/{id}/complete", (string id) => Done(() => books.Settle(id)));
        simulator.MapPost("/orders/{id}/deny", (string id) => Done(() => books.Settle(id, isDenied: true)));
        simulator.MapPost("/orders/{id}/refund", (string id, JsonObject body) =>
            Done(() => books.Refund(id, body["value"]!.GetValue<decimal>())));
        simulator.MapPost("/orders/{id}/dispute", (string id, JsonObject body) =>
            Done(() => books.Dispute(id, body["value"]!.GetValue<decimal>())));
        simulator.MapPost("/disputes/{id}/win", (string id) => Done(() => books.Resolve(id, isWon: true)));
        simulator.MapPost("/disputes/{id}/lose", (string id) => Done(() => books.Resolve(id, isWon: false)));
        simulator.MapPost("/faults", IResult (FaultOrder order) =>
        {
            if (order.ToFault() is not { } fault)
                return TypedResults.BadRequest("kind must be reset, latency (with milliseconds) or status (with status).");
            faults.Add(order.Method, order.Path, fault, order.Times, order.PerThousand);
            return TypedResults.NoContent();
        });
        simulator.MapDelete("/faults", () => Done(faults.Clear));
    }

    private static IResult Done(Action act)
    {
        try
        {
            act();
            return TypedResults.NoContent();
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException) // No such order, or nothing to decide.
        {
            return TypedResults.NotFound(e.Message);
        }
    }
}
