using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo.Simulators;

/// <summary>Formats common parts of VirtFusion's answers.</summary>
internal static class Shape
{
    public static IResult Json(JsonObject body, int status = StatusCodes.Status200OK) =>
        TypedResults.Text(body.ToJsonString(), "application/json", Encoding.UTF8, status);

    public static IResult NotFound(string message) => Json(new JsonObject { ["msg"] = message }, StatusCodes.Status404NotFound);

    public static IResult Invalid(string field, string message) => Json(
        new JsonObject { ["message"] = message, ["errors"] = new JsonObject { [field] = new JsonArray(message) } },
        StatusCodes.Status422UnprocessableEntity);

    public static string Time(DateTimeOffset instant) =>
        instant.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss+00:00", CultureInfo.InvariantCulture);

    /// <summary>Formats tokens as a string with five decimals, like VirtFusion.</summary>
    public static string Tokens(decimal tokens) => tokens.ToString("0.00000", CultureInfo.InvariantCulture);
}
