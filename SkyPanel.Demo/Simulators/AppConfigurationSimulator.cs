using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace SkyPanel.Demo.Simulators;

/// <summary>Simulates the key-values of Azure App Configuration for tests: real HTTP on 127.0.0.1, entity tags, locks, verified
/// signatures.</summary>
public sealed class AppConfigurationSimulator : IAsyncDisposable
{
    private const string Id = "simulated";
    private static readonly TimeSpan SignatureLife = TimeSpan.FromMinutes(15);

    private readonly WebApplication _app;
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, (string Value, JsonNode? Tags, string ETag, bool IsLocked)> _keys = new();
    private int _versions;

    private AppConfigurationSimulator(int port)
    {
        _app = LoopbackServer.Make(port);
        _app.Use(AuthorizeAsync);
        _app.UseRouting();
        _app.MapGet("/kv/{key}", (HttpContext context, string key) => AnswerAsync(context, key));
        _app.MapPut("/kv/{key}", (HttpContext context, string key) => PutAsync(context, key));
    }

    public Uri Address { get; private set; } = null!;

    public string ConnectionString =>
        $"Endpoint={Address.GetLeftPart(UriPartial.Authority)};Id={Id};Secret={Convert.ToBase64String(_secret)}";

    /// <summary>Method and key of every authorized request, the oldest first.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Runs before a PUT is checked, for a concurrent write.</summary>
    public Action? BeforePut { get; set; }

    public static async Task<AppConfigurationSimulator> StartAsync(int port = 0)
    {
        var simulator = new AppConfigurationSimulator(port);
        simulator.Address = new(await simulator._app.ServeAsync(CancellationToken.None));
        return simulator;
    }

    public string? Value(string key) => _keys.TryGetValue(key, out var found) ? found.Value : null;

    public void Set(string key, string value, bool isLocked = false, JsonNode? tags = null) =>
        _keys[key] = (value, tags, NextTag(), isLocked);

    public JsonNode? Tags(string key) => _keys[key].Tags;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private string NextTag() => $"\"{Interlocked.Increment(ref _versions).ToString(CultureInfo.InvariantCulture)}\"";

    private async Task PutAsync(HttpContext context, string key)
    {
        BeforePut?.Invoke();
        var body = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        var (ifMatch, ifNoneMatch) = ((string?)context.Request.Headers.IfMatch, (string?)context.Request.Headers.IfNoneMatch);
        var isThere = _keys.TryGetValue(key, out var before);
        if (ifMatch is not null && (!isThere || (ifMatch != "*" && ifMatch != before.ETag)) || (ifNoneMatch == "*" && isThere))
            context.Response.StatusCode = StatusCodes.Status412PreconditionFailed;
        else if (isThere && before.IsLocked)
            context.Response.StatusCode = StatusCodes.Status409Conflict;
        else
        {
            Set(key, (string)body["value"]!, tags: body["tags"]?.DeepClone());
            await AnswerAsync(context, key);
        }
    }

    private Task AnswerAsync(HttpContext context, string key)
    {
        if (!_keys.TryGetValue(key, out var found))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        context.Response.Headers.ETag = found.ETag;
        context.Response.ContentType = "application/vnd.microsoft.appconfig.kv+json; charset=utf-8";
        return context.Response.WriteAsync(new JsonObject
        {
            ["key"] = key, ["label"] = null, ["value"] = found.Value, ["content_type"] = "text/plain", ["tags"] = found.Tags?.DeepClone()
                ?? new JsonObject(),
            ["etag"] = found.ETag.Trim('"'), ["locked"] = found.IsLocked,
        }.ToJsonString());
    }

    private async Task AuthorizeAsync(HttpContext context, RequestDelegate next)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (!context.Request.Query.ContainsKey("api-version"))
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        else if (!IsSigned(context.Request, body.ToArray()))
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        else
        {
            body.Position = 0;
            context.Request.Body = body;
            Requests.Enqueue($"{context.Request.Method} {Uri.UnescapeDataString(context.Request.Path.Value!["/kv/".Length..])}");
            await next(context);
        }
    }

    private bool IsSigned(HttpRequest request, byte[] body)
    {
        string? Header(string name) => request.Headers[name];
        var (date, hash) = (Header("x-ms-date"), Header("x-ms-content-sha256"));
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var signature = Convert.ToBase64String(
            HMACSHA256.HashData(_secret, Encoding.ASCII.GetBytes($"{request.Method}\n{target}\n{date};{request.Host.Value};{hash}")));
        return hash == Convert.ToBase64String(SHA256.HashData(body))
            && DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.None, out var signedAt)
            && (TimeProvider.System.GetUtcNow() - signedAt).Duration() < SignatureLife
            && Header("Authorization") == $"HMAC-SHA256 Credential={Id}&" +
                $"SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}";
    }
}
