using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SkyPanel.Demo.Simulators;

/// <summary>Serves servers like VirtFusion: with Laravel's paging, and different field names in the list and in a single server.</summary>
internal static class ServerRoutes
{
    public static void Map(RouteGroupBuilder api, SimulatedFleet fleet)
    {
        api.MapGet("/servers", (HttpRequest request) => List(request, fleet));
        api.MapGet("/servers/{id:int}", (int id) =>
            fleet.Server(id) is { } server ? Shape.Json(new JsonObject { ["data"] = fleet.Shown(id, Single(server, fleet)) }) : NotFound());
        api.MapPost("/servers/{id:int}/suspend", (int id) => Done(fleet.Change(id, server => server with { IsSuspended = true })));
        api.MapPost("/servers/{id:int}/unsuspend", (int id) => Done(fleet.Change(id, server => server with { IsSuspended = false })));
    }

    private static IResult Done(bool found) => found ? TypedResults.NoContent() : NotFound();

    private static IResult NotFound() => Shape.NotFound("server not found");

    private static IResult List(HttpRequest request, SimulatedFleet fleet)
    {
        var type = request.Query["type"].FirstOrDefault() ?? "simple";
        if (type is not ("simple" or "full"))
            return Shape.Invalid("type", "The selected type is invalid.");

        if (!TryInt(request, "results", 20, out var results) || results is < 1 or > 200)
            return Shape.Invalid("results", "The results must be between 1 and 200.");

        if (!TryInt(request, "page", 1, out var page) || page < 1)
            page = 1;

        var all = fleet.Servers;
        var first = Math.Min((page - 1L) * results, all.Count);
        var items = all.Skip((int)first).Take(results)
            .Select(server => fleet.Shown(server.Id, type == "simple" ? Simple(server) : Single(server, fleet)))
            .ToArray();
        var path = $"{request.Scheme}://{request.Host}{request.Path}";
        var lastPage = Math.Max(1, (all.Count + results - 1) / results);
        return Shape.Json(new JsonObject
        {
            ["current_page"] = page,
            ["data"] = new JsonArray(items),
            ["first_page_url"] = $"{path}?page=1",
            ["from"] = items.Length == 0 ? null : first + 1,
            ["last_page"] = lastPage,
            ["last_page_url"] = $"{path}?page={lastPage}",
            // Omits `results`, like VirtFusion, so that following the link gives pages of 20.
            ["next_page_url"] = page < lastPage ? $"{path}?page={page + 1}" : null,
            ["path"] = path,
            ["per_page"] = results,
            ["prev_page_url"] = page > 1 ? $"{path}?page={page - 1}" : null,
            ["to"] = items.Length == 0 ? null : first + items.Length,
            ["total"] = all.Count,
        });
    }

    private static bool TryInt(HttpRequest request, string name, int otherwise, out int value)
    {
        value = otherwise;
        return request.Query[name].FirstOrDefault() is not { } text
            || int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    private static JsonObject Simple(SimulatedServer server) => new()
    {
        ["id"] = server.Id,
        ["uuid"] = server.Uuid,
        ["name"] = $"server {server.Id}",
        ["commissioned"] = server.CommissionStatus,
        ["owner"] = server.OwnerId,
        ["hypervisorId"] = 1,
        ["suspended"] = server.IsSuspended,
        ["protected"] = server.IsProtected,
        ["updated"] = Shape.Time(server.Created),
        ["created"] = Shape.Time(server.Created),
    };

    private static JsonObject Single(SimulatedServer server, SimulatedFleet fleet) => new()
    {
        ["id"] = server.Id,
        ["ownerId"] = server.OwnerId,
        ["hypervisorId"] = 1,
        ["name"] = $"server {server.Id}",
        ["commissionStatus"] = server.CommissionStatus,
        ["uuid"] = server.Uuid,
        ["state"] = server.CommissionStatus switch { 3 => "complete", 2 => "failed", _ => "allocated" },
        ["suspended"] = server.IsSuspended,
        ["protected"] = server.IsProtected,
        ["buildFailed"] = server.BuildFailed,
        ["built"] = server.CommissionStatus == 3 ? Shape.Time(server.Created) : null,
        ["created"] = Shape.Time(server.Created),
        ["updated"] = Shape.Time(server.Created),
        ["owner"] = new JsonObject
        {
            ["id"] = server.OwnerId,
            ["extRelationId"] = fleet.Users.FirstOrDefault(user => user.VirtFusionId == server.OwnerId)?.ExtRelationId,
        },
        ["remoteState"] = false,
    };
}
