using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>Issues tokens for the client's credentials and requires one for each call of the API.</summary>
internal sealed class PayPalTokenRoute
{
    private const string Path = "/v1/oauth2/token";
    private static readonly string[] OpenPaths = [Path, "/v1/notifications/certs", "/checkoutnow", "/simulator"];
    private static readonly string Basic =
        $"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"{PayPalSimulator.ClientId}:{PayPalSimulator.ClientSecret}"))}";

    private readonly ConcurrentDictionary<string, bool> _tokens = new();

    public void Revoke() => _tokens.Clear();

    public void Map(WebApplication app) => app.MapPost(Path, (HttpRequest request) =>
    {
        if (request.Headers.Authorization != Basic)
            return Shape.Json(new JsonObject { ["error"] = "invalid_client" }, StatusCodes.Status401Unauthorized);
        var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(24));
        _tokens[token] = true;
        return Shape.Json(new JsonObject { ["access_token"] = token, ["token_type"] = "Bearer", ["expires_in"] = 32400,
            ["scope"] = "openid" });
    });

    public Task LetInAsync(HttpContext context, RequestDelegate next)
    {
        if (Array.Exists(OpenPaths, open => context.Request.Path.StartsWithSegments(open, StringComparison.Ordinal)))
            return next(context);
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.Ordinal) && _tokens.ContainsKey(header["Bearer ".Length..]))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return context.Response.WriteAsync("""{"name":"AUTHENTICATION_FAILURE","message":"The access token is invalid."}""");
    }
}
