using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace SkyPanel.Demo.Simulators.PayPal;

/// <summary>Simulates PayPal for demos and tests: real HTTP on 127.0.0.1, orders to approve in a browser, captures, refunds, disputes,
/// signed webhooks, and faults on demand. It shares no code with the app, so that an error isn't in both.</summary>
/// <remarks>See also its controls over HTTP: <see cref="PayPalControls"/>.</remarks>
public sealed class PayPalSimulator : IAsyncDisposable
{
    public const string ClientId = "client-of-the-simulated-paypal";
    public const string ClientSecret = "secret-of-the-simulated-paypal";
    public const string MerchantId = "MERCHANT0SIM1";
    public const string WebhookId = "WH-OF-THE-SIMULATED-PAYPAL";

    private readonly WebApplication _app;
    private readonly PayPalTokenRoute _tokens = new();

    private PayPalSimulator(int port, TimeProvider time)
    {
        Books = new(time);
        Webhooks = new(time);
        Books.Happened += Webhooks.Add;
        _app = LoopbackServer.Make(port);
        var faults = new FaultMiddleware(Faults, Requests, time, "", token: null);
        _app.Use(next => context => faults.InvokeAsync(context, next));
        _app.Use(_tokens.LetInAsync);
        _app.UseRouting();
        _tokens.Map(_app);
        PayPalRoutes.Map(_app, Books, () => Address);
        PayPalReports.Map(_app, Books);
        Webhooks.Map(_app);
        PayPalPages.Map(_app, Books);
        PayPalControls.Map(_app.MapGroup("/simulator"), Books, Faults);
    }

    /// <summary>The address, without a slash at the end.</summary>
    public string Address { get; private set; } = "";

    public PayPalBooks Books { get; }

    public PayPalWebhooks Webhooks { get; }

    /// <summary>Paths are relative to the server's root, such as <c>v2/checkout/orders</c>.</summary>
    public FaultPlan Faults { get; } = new(1);

    public RequestLog Requests { get; } = new();

    /// <summary>Revokes all issued tokens.</summary>
    public void RevokeTokens() => _tokens.Revoke();

    public static async Task<PayPalSimulator> StartAsync(int port = 0, TimeProvider? time = null, CancellationToken ct = default)
    {
        var simulator = new PayPalSimulator(port, time ?? TimeProvider.System);
        try
        {
            simulator.Address = await simulator._app.ServeAsync(ct);
            simulator.Webhooks.Address = simulator.Address;
            return simulator;
        }
        catch
        {
            await simulator.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Webhooks.DisposeAsync();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    internal static JsonObject Error(string name, string issue, string description) => new()
    {
        ["name"] = name,
        ["message"] = "The request could not be fulfilled.",
        ["debug_id"] = "0000000000000",
        ["details"] = new JsonArray(new JsonObject { ["issue"] = issue, ["description"] = description }),
    };
}
