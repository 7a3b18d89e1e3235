using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace SkyPanel.Demo.Simulators;

/// <summary>Simulates VirtFusion for demos and tests: real HTTP on 127.0.0.1, the routes for billing, wallets with balances, and
/// faults on demand. It shares no code with the app, so that an error isn't in both.</summary>
/// <remarks>See also its controls over HTTP: <see cref="SimulatorRoutes"/>.</remarks>
public sealed class VirtFusionSimulator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SimulatedFleet _fleet;
    private volatile string _apiToken;

    private VirtFusionSimulator(SimulatorOptions options)
    {
        _apiToken = options.ApiToken;
        _fleet = new(options);
        Faults = new(options.Seed);

        _app = LoopbackServer.Make(options.Port);

        var faults = new FaultMiddleware(Faults, Requests, options.Time, "/api/v1", () => _apiToken);
        _app.UseWhen(
            context => context.Request.Path.StartsWithSegments("/api/v1", StringComparison.OrdinalIgnoreCase),
            branch => branch.Use(next => context => faults.InvokeAsync(context, next)));
        _app.UseRouting();
        var api = _app.MapGroup("/api/v1");
        ServerRoutes.Map(api, _fleet);
        SelfServiceRoutes.Map(api, _fleet);
        SimulatorRoutes.Map(_app.MapGroup("/simulator"), _fleet, Faults, Requests);
    }

    /// <summary>The API's address, with a slash at the end.</summary>
    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>The accepted token. Setting it replaces it.</summary>
    public string ApiToken { get => _apiToken; set => _apiToken = value; }

    /// <summary>Whether a credit that would make a balance negative is refused with 422.</summary>
    public bool RefusesOverdrafts { get => _fleet.RefusesOverdrafts; set => _fleet.RefusesOverdrafts = value; }

    public FaultPlan Faults { get; }

    public RequestLog Requests { get; } = new();

    public int MaxConcurrentRequests => Requests.MaxConcurrent;

    /// <summary>All credits, the oldest first, whether or not their answers arrived.</summary>
    public IReadOnlyList<SimulatedCredit> Credits => _fleet.Credits;

    public IReadOnlyList<SimulatedServer> Servers => _fleet.Servers;

    public static async Task<VirtFusionSimulator> StartAsync(SimulatorOptions options, CancellationToken cancellationToken = default)
    {
        var simulator = new VirtFusionSimulator(options);
        try
        {
            simulator._fleet.Restore();
            simulator.BaseAddress = new Uri($"{await simulator._app.ServeAsync(cancellationToken)}/api/v1/");
            return simulator;
        }
        catch
        {
            await simulator._app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a server unless one with this id exists.</summary>
    /// <param name="ownerId">The owner's id in VirtFusion.</param>
    /// <param name="commissionStatus">The state of the installation: 3 done, 0 allocated, 2 failed.</param>
    public void AddServer(
        int id, int ownerId, DateTimeOffset created, bool suspended = false, int commissionStatus = 3, bool buildFailed = false) =>
        _fleet.Add(new SimulatedServer(id, Uuid(id), ownerId, suspended, commissionStatus, buildFailed, created));

    /// <summary>Adds a user unless one with this id exists.</summary>
    /// <param name="extRelationId">The user's id in the panel.</param>
    public void AddUser(int extRelationId, int virtFusionId, decimal tokens) =>
        _fleet.Add(new SimulatedUser(extRelationId, virtFusionId, tokens, NativeTokens: 0));

    public void Suspend(int serverId) => Found(_fleet.Change(serverId, server => server with { IsSuspended = true }), serverId);

    public void Unsuspend(int serverId) => Found(_fleet.Change(serverId, server => server with { IsSuspended = false }), serverId);

    /// <summary>Sets whether a server is protected by an administrator.</summary>
    public void Protect(int serverId, bool isProtected = true) =>
        Found(_fleet.Change(serverId, server => server with { IsProtected = isProtected }), serverId);

    public void Delete(int serverId) => Found(_fleet.Delete(serverId), serverId);

    /// <summary>Sets the state of a server's installation.</summary>
    public void SetCommissionStatus(int serverId, int status) =>
        Found(_fleet.Change(serverId, server => server with { CommissionStatus = status }), serverId);

    /// <summary>Distorts all further answers about a server, in lists and alone. Null becomes a JSON null.</summary>
    public void Distort(int serverId, Func<JsonObject, JsonNode?> distortion) => _fleet.Distort(serverId, distortion);

    /// <returns>The balance of the wallet, in tokens.</returns>
    public decimal Wallet(int extRelationId) =>
        _fleet.User(extRelationId)?.Tokens ?? throw new KeyNotFoundException($"There is no user {extRelationId}.");

    /// <summary>Changes a balance without a credit, like native billing or another panel.</summary>
    public void ShiftWallet(int extRelationId, decimal tokens) => Found(_fleet.Shift(extRelationId, tokens), extRelationId);

    /// <summary>Sets this month's usage of VirtFusion's own hourly billing.</summary>
    public void SetNativeUsage(int extRelationId, decimal tokens, decimal addonTokens = 0) =>
        _fleet.SetNativeUsage(extRelationId, tokens, addonTokens);

    /// <summary>Aborts all requests and stops the server.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    // Derives the uuid from the id, so that the panel's tables can use the same.
    private static string Uuid(int id) => string.Create(CultureInfo.InvariantCulture, $"00000000-0000-4000-8000-{id:x12}");

    private static void Found(bool found, int id)
    {
        if (!found)
            throw new KeyNotFoundException($"There is no {id}.");
    }
}
