using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace SkyPanel.Functions.Tests.Http;

/// <summary>The login of a <see cref="TestIssuer"/>: authorization code flow with PKCE, for a person who says yes at once.</summary>
public sealed class TestLogin
{
    public const string ClientId = "skypanel-console";

    private readonly ConcurrentDictionary<string, (string Challenge, string RedirectUri)> _codes = new();

    /// <summary>The role of who logs in.</summary>
    public string Role { get; set; } = "viewer";

    /// <summary>The error that is answered instead of a code; null for none.</summary>
    public string? Refusal { get; set; }

    /// <summary>The query of the latest login.</summary>
    public IReadOnlyDictionary<string, string>? Asked { get; private set; }

    /// <param name="makeToken">Makes an access token for a role.</param>
    public void Map(WebApplication app, Func<string, string> makeToken)
    {
        app.MapGet("/authorize", (HttpRequest request) =>
        {
            var asked = Asked = request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
            if (asked["response_type"] != "code" || asked["response_mode"] != "fragment" || asked["client_id"] != ClientId
                || asked["code_challenge_method"] != "S256")
                return Results.BadRequest("This is no login by code flow with PKCE.");
            if (Refusal is { } refusal)
                return Results.Redirect($"{asked["redirect_uri"]}#error={refusal}&state={asked["state"]}");
            var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
            _codes[code] = (asked["code_challenge"], asked["redirect_uri"]);
            return Results.Redirect($"{asked["redirect_uri"]}#code={code}&state={asked["state"]}");
        });
        app.MapPost("/token", async (HttpRequest request) =>
        {
            request.HttpContext.Response.Headers.AccessControlAllowOrigin = "*";
            using var reader = new StreamReader(request.Body);
            var form = QueryHelpers.ParseQuery(await reader.ReadToEndAsync(request.HttpContext.RequestAborted));
            var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
            return form["grant_type"] == "authorization_code" && form["client_id"] == ClientId
                && _codes.TryRemove(form["code"].ToString(), out var known) && known == (challenge, form["redirect_uri"].ToString())
                ? Results.Ok(new { access_token = makeToken(Role), token_type = "Bearer", expires_in = 300 })
                : Results.BadRequest(new { error = "invalid_grant" });
        });
    }
}
