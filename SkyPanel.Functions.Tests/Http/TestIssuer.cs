using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SkyPanel.Demo.Simulators;

namespace SkyPanel.Functions.Tests.Http;

/// <summary>A little OpenID Connect authority over real HTTP on 127.0.0.1, whose keys can be rotated.</summary>
public sealed class TestIssuer : IAsyncDisposable
{
    public const string Audience = "skypanel-functions";

    private readonly WebApplication _app;
    private int _asked;

    private TestIssuer()
    {
        _app = LoopbackServer.Make();
        _app.UseRouting();
        _app.MapGet("/.well-known/openid-configuration", async context =>
        {
            Interlocked.Increment(ref _asked);
            if (Held is { } gate)
                await gate.PassAsync(context.RequestAborted);
            context.Response.Headers.AccessControlAllowOrigin = "*";
            await WriteAsync(context, new { issuer = CallsItself ?? Address, jwks_uri = $"{Address}/keys",
                authorization_endpoint = $"{Address}/authorize", token_endpoint = $"{Address}/token" });
        });
        Login.Map(_app, role => Token(TimeProvider.System.GetUtcNow(), role));
        _app.MapGet("/keys", context => WriteAsync(context, new { keys = new[] { Jwk() } }));
    }

    public string Address { get; private set; } = "";

    /// <summary>Where people log in.</summary>
    public TestLogin Login { get; } = new();

    /// <summary>A wrong name for itself.</summary>
    public string? CallsItself { get; set; }

    /// <summary>How often its configuration was read.</summary>
    public int Asked => _asked;

    /// <summary>Holds back the answers; null for none.</summary>
    public RequestGate? Held { get; set; }

    public RSA Key { get; private set; } = RSA.Create(2048);

    public string KeyId { get; private set; } = "k1";

    public static async Task<TestIssuer> StartAsync()
    {
        var issuer = new TestIssuer();
        issuer.Address = await issuer._app.ServeAsync(TestContext.Current.CancellationToken);
        return issuer;
    }

    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public void Rotate(string keyId) => (Key, KeyId) = (RSA.Create(2048), keyId);

    /// <summary>A token as it must be, but for what is given.</summary>
    public string Token(DateTimeOffset now, object? roles, string? audience = Audience, string? issuer = null, string? subject = "ann",
        int expiresInSeconds = 300, int validInSeconds = 0, string algorithm = "RS256", Func<byte[], byte[]>? sign = null,
            string? keyId = null, object? critical = null)
    {
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = issuer ?? Address, ["aud"] = audience, ["sub"] = subject, ["roles"] = roles,
            ["exp"] = now.AddSeconds(expiresInSeconds).ToUnixTimeSeconds(), ["nbf"] = now.AddSeconds(validInSeconds).ToUnixTimeSeconds(),
        };
        foreach (var absent in claims.Where(claim => claim.Value is null).Select(claim => claim.Key).ToArray())
            claims.Remove(absent);
        var signed = $"{Part(Header(algorithm, keyId ?? KeyId, critical))}.{Part(claims)}";
        var signature = (sign ?? (bytes => Key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)))(
            Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Key.Dispose();
    }

    private static Dictionary<string, object?> Header(string algorithm, string keyId, object? critical)
    {
        var header = new Dictionary<string, object?> { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = keyId };
        if (critical is not null)
            header["crit"] = critical;
        return header;
    }

    private static string Part(object part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));

    private static Task WriteAsync(HttpContext context, object answer) => context.Response.WriteAsJsonAsync(answer, context.RequestAborted);

    private object Jwk()
    {
        var key = Key.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", alg = "RS256", kid = KeyId, n = Base64Url.EncodeToString(key.Modulus),
            e = Base64Url.EncodeToString(key.Exponent) };
    }
}
