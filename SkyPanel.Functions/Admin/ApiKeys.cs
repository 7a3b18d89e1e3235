using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Admin;

/// <summary>Knows whose key it is. All valid keys are read at once and kept for ten seconds, so a guess costs no query, and a key that was
/// revoked, on whatever instance, stops ten seconds later at most.</summary>
public sealed class ApiKeys(NpgsqlDataSource database, IOptions<AdminOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Valid at once; more are refused, so that what is kept in memory is bounded.</summary>
    public const int Most = 1000;

    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UseNotedEvery = TimeSpan.FromMinutes(1);

    // A key that nobody has: an unknown one is compared as a wrong one is, and nothing equals it.
    private static readonly Known Nobody = new("", RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes), null, null, Role.Viewer, DateTimeOffset.MinValue);

    private const string ValidSql = """
        select id, secret_hash, previous_hash, previous_until, role, expires_at
        from cron_service.api_keys where revoked_at is null and expires_at > now() order by id limit 1000
        """;

    private const string NoteUseSql = """
        update cron_service.api_keys set last_used_at = now()
        where id = @id and (last_used_at is null or last_used_at < now() - interval '1 minute')
        """;

    private readonly byte[]? _bootstrapHash = string.IsNullOrWhiteSpace(options.Value.BootstrapKey) ? null : ApiKey.Hash(options.Value.BootstrapKey);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _noted = new();
    private readonly SemaphoreSlim _reading = new(1);
    private volatile Kept? _kept;

    /// <summary>Null for an unknown, a wrong, an expired and a revoked key alike. Takes the same time for each of them, whatever it
    /// has in common with a right one.</summary>
    public async Task<(string Name, Role Role)?> FindAsync(string? key, CancellationToken ct)
    {
        var keys = await ValidAsync(ct);
        var hash = ApiKey.Hash(key ?? "");
        var known = keys.GetValueOrDefault(ApiKey.IdOf(key ?? ""), Nobody);
        var now = time.GetUtcNow();
        var isBootstrap = CryptographicOperations.FixedTimeEquals(hash, _bootstrapHash ?? Nobody.Hash);
        var isCurrent = CryptographicOperations.FixedTimeEquals(hash, known.Hash);
        var isPrevious = CryptographicOperations.FixedTimeEquals(hash, known.PreviousHash ?? Nobody.Hash) & now < known.PreviousUntil;
        if (isBootstrap)
            return ("bootstrap-key", Role.Admin);
        if (!(isCurrent | isPrevious) || now >= known.ExpiresAt)
            return null;
        await NoteUseAsync(known.Id, now, ct);
        return ($"key:{known.Id}", known.Role);
    }

    /// <summary>Reads the keys anew with the next request: after a change on this instance.</summary>
    public void Forget() => _kept = null;

    public void Dispose() => _reading.Dispose();

    private async Task NoteUseAsync(string id, DateTimeOffset now, CancellationToken ct)
    {
        if (_noted.TryGetValue(id, out var last) && now - last < UseNotedEvery)
            return;
        if (_noted.Count >= 2 * Most)
            _noted.Clear();
        _noted[id] = now;
        await database.ExecuteAsync(NoteUseSql, ct, ("id", id));
    }

    private async Task<Dictionary<string, Known>> ValidAsync(CancellationToken ct)
    {
        if (_kept is { } kept && time.GetElapsedTime(kept.ReadAt) < KeptFor)
            return kept.Keys;
        await _reading.WaitAsync(ct);
        try
        {
            if (_kept is { } fresh && time.GetElapsedTime(fresh.ReadAt) < KeptFor)
                return fresh.Keys;
            // The age counts from before the reading: a key that is revoked during it isn't kept longer.
            var readAt = time.GetTimestamp();
            var keys = (await database.QueryAsync(ValidSql, Read, ct)).ToDictionary(key => key.Id);
            _kept = new(readAt, keys);
            return keys;
        }
        finally
        {
            _reading.Release();
        }
    }

    private static Known Read(NpgsqlDataReader row) => new(
        row.Get<string>("id"), row.Get<byte[]>("secret_hash"), row.Nullable<byte[]>("previous_hash"), row.Nullable<DateTimeOffset?>("previous_until"),
        Roles.Parse(row.Get<string>("role")) ?? throw new InvalidOperationException("The table allows no other role."), row.Get<DateTimeOffset>("expires_at"));

    private sealed record Known(string Id, byte[] Hash, byte[]? PreviousHash, DateTimeOffset? PreviousUntil, Role Role, DateTimeOffset ExpiresAt);

    private sealed record Kept(long ReadAt, Dictionary<string, Known> Keys);
}
