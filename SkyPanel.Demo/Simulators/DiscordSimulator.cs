using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SkyPanel.Demo.Simulators;

/// <summary>Simulates Discord with one webhook: real HTTP on 127.0.0.1, stored messages, Discord's limits, and faults on demand.</summary>
public sealed class DiscordSimulator : IAsyncDisposable
{
    private const string Path = "/api/webhooks/1";
    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly List<JsonObject> _messages = [];
    private readonly FaultMiddleware _faults;
    private volatile string _token = "token-of-the-webhook";

    private DiscordSimulator()
    {
        _app = LoopbackServer.Make();
        _faults = new(Faults, Requests, TimeProvider.System, "", token: null);
        _app.Use(next => context => _faults.InvokeAsync(context, next));
        _app.UseRouting();
        _app.MapGet($"{Path}/{{token}}", (string token) => token == _token ? Shape.Json(new JsonObject { ["id"] = "1", ["type"] = 1 })
            : Unknown());
        _app.MapPost($"{Path}/{{token}}", PostAsync);
    }

    /// <summary>The webhook's URL, which contains the secret.</summary>
    public string WebhookUrl => $"{Address}{Path}/{_token}";

    /// <summary>The secret. Setting it replaces the webhook.</summary>
    public string Token { get => _token; set => _token = value; }

    /// <summary>Paths are relative to the server's root, such as <c>api/webhooks/</c>.</summary>
    public FaultPlan Faults { get; } = new(0);

    public RequestLog Requests { get; } = new();

    /// <summary>All messages as posted, the oldest first.</summary>
    public IReadOnlyList<JsonObject> Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    private string Address { get; set; } = "";

    public static async Task<DiscordSimulator> StartAsync(CancellationToken cancellationToken = default)
    {
        var simulator = new DiscordSimulator();
        simulator.Address = await simulator._app.ServeAsync(cancellationToken);
        return simulator;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static IResult Unknown() => Shape.Json(new JsonObject { ["message"] = "Unknown Webhook", ["code"] = 10015 },
        StatusCodes.Status404NotFound);

    private async Task<IResult> PostAsync(string token, HttpRequest request)
    {
        var body = await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        if (token != _token)
            return Unknown();
        if (body is not JsonObject message || DiscordRules.Problem(message) is { } problem)
            return Shape.Json(new JsonObject { ["message"] = "Invalid Form Body", ["code"] = 50035 }, StatusCodes.Status400BadRequest);
        lock (_gate)
            _messages.Add(message);
        return request.Query["wait"] == "true" ? Shape.Json(new JsonObject { ["id"] = "1" }) : Results.NoContent();
    }
}
