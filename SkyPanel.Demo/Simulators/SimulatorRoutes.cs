using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SkyPanel.Demo.Simulators;

/// <summary>Serves the simulator's own controls in JSON without a token, for curl while a demo runs.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>GET /simulator/state</c>: users with wallets, servers, the last 100 credits, requests.</item>
/// <item><c>POST /simulator/faults</c> with a <see cref="FaultOrder"/>, such as
/// <c>{"method":"POST","path":"selfService/credit/","kind":"reset","afterActing":true,"times":1}</c>;
/// <c>DELETE /simulator/faults</c> ends them all.</item>
/// <item><c>POST /simulator/servers/{id}/suspend</c> and <c>/unsuspend</c>; <c>DELETE /simulator/servers/{id}</c>.</item>
/// <item><c>POST /simulator/wallets/{ext}</c> with <c>{"tokens":500}</c>: changes the balance without a credit.</item>
/// </list>
/// </remarks>
internal static class SimulatorRoutes
{
    private const int ShownCredits = 100;

    public static void Map(RouteGroupBuilder simulator, SimulatedFleet fleet, FaultPlan faults, RequestLog requests)
    {
        simulator.MapGet("/state", () => TypedResults.Json(new
        {
            fleet.Users,
            fleet.Servers,
            Credits = fleet.Credits.TakeLast(ShownCredits),
            Requests = requests.Received
                .GroupBy(request => $"{request.Method} {request.PathAndQuery.Split('?', '/')[0]}")
                .ToDictionary(group => group.Key, group => group.Count()),
            requests.MaxConcurrent,
        }));
        simulator.MapPost("/faults", IResult (FaultOrder order) =>
        {
            if (order.ToFault() is not { } fault)
                return TypedResults.BadRequest("kind must be reset, latency (with milliseconds) or status (with status).");

            faults.Add(order.Method, order.Path, fault, order.Times, order.PerThousand);
            return TypedResults.NoContent();
        });
        simulator.MapDelete("/faults", () =>
        {
            faults.Clear();
            return TypedResults.NoContent();
        });
        simulator.MapPost("/servers/{id:int}/suspend", (int id) => Done(fleet.Change(id, server => server with { IsSuspended = true })));
        simulator.MapPost("/servers/{id:int}/unsuspend", (int id) => Done(fleet.Change(id, server => server with { IsSuspended = false })));
        simulator.MapDelete("/servers/{id:int}", (int id) => Done(fleet.Delete(id)));
        simulator.MapPost("/wallets/{ext:int}", (int ext, JsonObject body) =>
            body["tokens"] is JsonValue tokens && tokens.TryGetValue<decimal>(out var amount)
                ? Done(fleet.Shift(ext, amount))
                : TypedResults.BadRequest("tokens must be a number."));
    }

    private static IResult Done(bool found) => found ? TypedResults.NoContent() : TypedResults.NotFound();
}

/// <summary>A request for a fault; see <see cref="FaultPlan.Add"/> and <see cref="Fault"/>.</summary>
internal sealed record FaultOrder
{
    public string Method { get; init; } = "*";
    public string Path { get; init; } = "";
    public string Kind { get; init; } = "status";
    public int Status { get; init; } = 500;
    public string Body { get; init; } = "";
    public string? RetryAfter { get; init; }
    public int Milliseconds { get; init; }
    public bool AfterActing { get; init; }
    public int? Times { get; init; }
    public int PerThousand { get; init; } = 1000;

    public Fault? ToFault()
    {
        var fault = Kind switch
        {
            "reset" => Fault.Reset(),
            "latency" => Fault.Slow(TimeSpan.FromMilliseconds(Milliseconds)),
            "status" => Fault.Answer(Status, Body),
            _ => null,
        };
        if (RetryAfter is { } wait)
            fault = fault?.With("Retry-After", wait);

        return AfterActing ? fault?.AfterActing() : fault;
    }
}
