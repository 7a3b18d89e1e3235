using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SkyPanel.Demo.Simulators;

/// <summary>Serves users, wallets and the usage of VirtFusion's own billing, by the panel's user ids.</summary>
internal static class SelfServiceRoutes
{
    public static void Map(RouteGroupBuilder api, SimulatedFleet fleet)
    {
        api.MapGet("/users/{ext:int}/byExtRelation", (int ext) => Answer(fleet.User(ext), user => new JsonObject
        {
            ["id"] = user.VirtFusionId,
            ["extRelationId"] = user.ExtRelationId,
            ["name"] = $"User {user.ExtRelationId}",
            ["selfService"] = 1,
            ["suspended"] = false,
        }));
        api.MapPost("/selfService/credit/byUserExtRelationId/{ext:int}", (int ext, HttpRequest request) =>
            CreditAsync(ext, request, fleet));
        api.MapDelete("/selfService/credit/{id:long}", (long id) =>
            fleet.Cancel(id) ? TypedResults.NoContent() : Shape.NotFound("credit not found"));
        api.MapGet("/selfService/hourlyStats/byUserExtRelationId/{ext:int}", (int ext) => Answer(fleet.User(ext), HourlyStats));
        api.MapGet("/selfService/usage/byUserExtRelationId/{ext:int}", (int ext) => Answer(fleet.User(ext), Usage));
        api.MapGet("/selfService/currencies", () => Shape.Json(new JsonObject
        {
            ["data"] = new JsonArray(new JsonObject
            {
                ["id"] = 1, ["code"] = "USD", ["value"] = "0.0100000000", ["prefix"] = "$", ["default"] = true, ["enabled"] = true,
            }),
        }));
    }

    private static IResult Answer(SimulatedUser? user, Func<SimulatedUser, JsonObject> data) =>
        user is null ? Shape.NotFound("user not found") : Shape.Json(new JsonObject { ["data"] = data(user) });

    private static async Task<IResult> CreditAsync(int ext, HttpRequest request, SimulatedFleet fleet)
    {
        JsonNode? body;
        try
        {
            body = await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        }
        catch (JsonException) // Refused below, like any other invalid order.
        {
            body = null;
        }

        if (body is not JsonObject order
            || order["tokens"] is not JsonValue number || !number.TryGetValue<decimal>(out var tokens) || tokens == 0)
            return Shape.Invalid("tokens", "The tokens must be a number other than 0.");

        long? reference1 = null;
        if (order["reference_1"] is { } first)
        {
            if (first is not JsonValue value || !value.TryGetValue<long>(out var reference))
                return Shape.Invalid("reference_1", "The reference 1 must be an integer.");

            reference1 = reference;
        }

        if (order["reference_2"] is { } second
            && (second is not JsonValue text || !text.TryGetValue<string>(out var words) || words.Length > 1000))
            return Shape.Invalid("reference_2", "The reference 2 must not be longer than 1000 characters.");

        if (tokens < 0 && fleet.RefusesOverdrafts && fleet.User(ext) is { } user && user.Tokens + tokens < 0)
            return Shape.Invalid("tokens", "The user does not have enough credit.");

        return fleet.Move(ext, tokens, reference1, order["reference_2"]?.GetValue<string>()) is { } credit
            ? Shape.Json(new JsonObject { ["data"] = new JsonObject { ["id"] = credit.Id } }, StatusCodes.Status201Created)
            : Shape.NotFound("user not found");
    }

    private static JsonObject HourlyStats(SimulatedUser user) => new()
    {
        ["periodId"] = 0,
        ["monthlyTotal"] = new JsonObject
        {
            ["hours"] = 0,
            ["value"] = "0.00",
            ["tokens"] = user.NativeTokens == 0 ? false : Shape.Tokens(user.NativeTokens),
        },
        ["servers"] = 0,
        ["credit"] = new JsonObject { ["value"] = Shape.Tokens(user.Tokens / 100), ["tokens"] = Shape.Tokens(user.Tokens) },
        ["currency"] = new JsonObject { ["code"] = "USD", ["prefix"] = "$", ["suffix"] = "", ["value"] = "0.0100000000" },
    };

    private static JsonObject Usage(SimulatedUser user) => new()
    {
        ["user"] = new JsonObject { ["id"] = user.VirtFusionId, ["relationalId"] = user.ExtRelationId, ["timezone"] = "UTC" },
        ["usageServers"] = Used(user.NativeTokens),
        ["usageServersBillable"] = Used(0),
        ["usageAddons"] = Used(user.NativeAddonTokens),
        ["usageAddonsBillable"] = Used(0),
        ["periods"] = new JsonArray(),
    };

    private static JsonObject Used(decimal tokens) => new() { ["hours"] = 0, ["token"] = decimal.Truncate(tokens), ["tokenReal"] = tokens };
}
