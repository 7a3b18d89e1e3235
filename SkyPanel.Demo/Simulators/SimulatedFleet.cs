using System.Text.Json.Nodes;

namespace SkyPanel.Demo.Simulators;

/// <param name="OwnerId">The owner's id in VirtFusion, not in the panel.</param>
/// <param name="CommissionStatus">The state of the installation: 3 done, 0 allocated, 2 failed.</param>
public sealed record SimulatedServer(
    int Id, string Uuid, int OwnerId, bool IsSuspended, int CommissionStatus, bool BuildFailed, DateTimeOffset Created,
        bool IsProtected = false);

/// <param name="ExtRelationId">The user's id in the panel.</param>
/// <param name="VirtFusionId">The user's id in VirtFusion.</param>
/// <param name="Tokens">The balance of the wallet, possibly negative.</param>
/// <param name="NativeTokens">This month's usage of VirtFusion's own hourly billing, for servers.</param>
/// <param name="NativeAddonTokens">The same for add-ons.</param>
public sealed record SimulatedUser(int ExtRelationId, int VirtFusionId, decimal Tokens, decimal NativeTokens,
    decimal NativeAddonTokens = 0);

/// <summary>A credit of a wallet; negative for a debit.</summary>
public sealed record SimulatedCredit(
    long Id, int ExtRelationId, decimal Tokens, long? Reference1, string? Reference2, DateTimeOffset At);

/// <summary>The state of a simulated VirtFusion. Thread-safe; a wallet and its credits change atomically.</summary>
internal sealed class SimulatedFleet(SimulatorOptions options)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, SimulatedServer> _servers = [];
    private readonly Dictionary<int, SimulatedUser> _users = [];
    private readonly List<SimulatedCredit> _credits = [];
    private readonly Dictionary<int, Func<JsonObject, JsonNode?>> _distortions = [];
    private readonly FleetSnapshot? _snapshot = options.SnapshotPath is { } path ? new(path) : null;
    private long _lastCreditId;

    /// <summary>Whether a credit that would make a balance negative is refused.</summary>
    public volatile bool RefusesOverdrafts = options.RefusesOverdrafts;

    public IReadOnlyList<SimulatedServer> Servers => Locked(() => _servers.Values.ToArray());

    public IReadOnlyList<SimulatedUser> Users => Locked(() => _users.Values.ToArray());

    public IReadOnlyList<SimulatedCredit> Credits => Locked(() => _credits.ToArray());

    public void Restore() => Locked(() =>
    {
        if (_snapshot?.Read() is not { } state)
            return 0;

        foreach (var server in state.Servers)
            _servers[server.Id] = server;
        foreach (var user in state.Users)
            _users[user.ExtRelationId] = user;
        _credits.AddRange(state.Credits);
        return _lastCreditId = state.LastCreditId;
    });

    // Restored entries stay unchanged: a restarted demo adds the same fleet again.
    public void Add(SimulatedServer server) => Locked(() => _servers.ContainsKey(server.Id)
        || Saved(() => _servers.Add(server.Id, server)));

    public void Add(SimulatedUser user) => Locked(() => _users.ContainsKey(user.ExtRelationId)
        || Saved(() => _users.Add(user.ExtRelationId, user)));

    public SimulatedServer? Server(int id) => Locked(() => _servers.GetValueOrDefault(id));

    public SimulatedUser? User(int extRelationId) => Locked(() => _users.GetValueOrDefault(extRelationId));

    public bool Change(int serverId, Func<SimulatedServer, SimulatedServer> change) => Locked(() =>
        _servers.TryGetValue(serverId, out var server) && Saved(() => _servers[serverId] = change(server)));

    public bool Delete(int serverId) => Locked(() => _servers.Remove(serverId) && Saved(() => { }));

    public void SetNativeUsage(int extRelationId, decimal tokens, decimal addonTokens) => Locked(() =>
        Saved(() => _users[extRelationId] = _users[extRelationId] with { NativeTokens = tokens, NativeAddonTokens = addonTokens }));

    /// <returns>The credit; null when the user doesn't exist.</returns>
    public SimulatedCredit? Move(int extRelationId, decimal tokens, long? reference1, string? reference2) => Locked(() =>
    {
        if (!_users.TryGetValue(extRelationId, out var user))
            return null;

        var credit = new SimulatedCredit(++_lastCreditId, extRelationId, tokens, reference1, reference2, options.Time.GetUtcNow());
        Saved(() =>
        {
            _users[extRelationId] = user with { Tokens = user.Tokens + tokens };
            _credits.Add(credit);
        });
        return credit;
    });

    /// <summary>Changes a balance without a credit, like native billing or another panel.</summary>
    public bool Shift(int extRelationId, decimal tokens) => Locked(() =>
        _users.TryGetValue(extRelationId, out var user)
        && Saved(() => _users[extRelationId] = user with { Tokens = user.Tokens + tokens }));

    public bool Cancel(long creditId) => Locked(() =>
        _credits.Find(credit => credit.Id == creditId) is { } credit && Saved(() =>
        {
            _credits.Remove(credit);
            var user = _users[credit.ExtRelationId];
            _users[credit.ExtRelationId] = user with { Tokens = user.Tokens - credit.Tokens };
        }));

    public void Distort(int serverId, Func<JsonObject, JsonNode?> distortion) => Locked(() => _distortions[serverId] = distortion);

    public JsonNode? Shown(int serverId, JsonObject item) =>
        Locked(() => _distortions.GetValueOrDefault(serverId)) is { } distortion ? distortion(item) : item;

    private bool Saved(Action change)
    {
        change();
        _snapshot?.Write(new([.. _servers.Values], [.. _users.Values], _credits, _lastCreditId));
        return true;
    }

    private T Locked<T>(Func<T> act)
    {
        lock (_gate)
            return act();
    }
}
