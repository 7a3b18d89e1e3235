using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace SkyPanel.Functions.Http;

/// <summary>Finds the caller of an API key. All valid keys are cached for three seconds: a wrong key costs no query and no memory, and a
/// key that was revoked on another instance stops working within that time, on the same instance at once.</summary>
public sealed class ApiKeys(NpgsqlDataSource database, IOptions<AdminOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>The limit of valid keys, which bounds the cache.</summary>
    public const int MaxKeys = 1000;

    private static readonly TimeSpan CacheDuration = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan UseInterval = TimeSpan.FromMinutes(1);

    // Compared when the id is unknown, so that an unknown key takes as long as a wrong one. No key equals it.
    private static readonly ValidKey NoKey = new("", RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes), null, Role.Viewer,
        DateTimeOffset.MinValue);

    private const string ValidSql = """
        select id, secret_hash as hash, case when previous_until > now() then previous_hash end as previous_hash, role, expires_at
        from cron_service.api_keys where revoked_at is null and expires_at > now() order by id limit 1000
        """;

    private const string RecordUseSql = """
        update cron_service.api_keys set last_used_at = now()
        where id = @id and (last_used_at is null or last_used_at < now() - interval '1 minute')
        """;

    private readonly byte[]? _bootstrapHash = string.IsNullOrWhiteSpace(options.Value.BootstrapKey) ? null
        : ApiKey.Hash(options.Value.BootstrapKey);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _recordedUses = new();
    private readonly Cached<Dictionary<string, ValidKey>> _valid = new(CacheDuration, async ct =>
        (await database.QueryAsync<ValidKey>(ValidSql, ct)).ToDictionary(key => key.Id), time);

    /// <summary>Finds the caller of a key, in constant time.</summary>
    /// <returns>Null for an unknown, wrong, expired or revoked key.</returns>
    public async Task<(string Name, Role Role)?> FindAsync(string? key, CancellationToken ct)
    {
        var hash = ApiKey.Hash(key ?? "");
        // Works without the database, so that its owner can ask the doctor about it.
        if (CryptographicOperations.FixedTimeEquals(hash, _bootstrapHash ?? NoKey.Hash))
            return ("bootstrap-key", Role.Admin);
        var keys = await _valid.GetAsync(ct);
        var known = keys.GetValueOrDefault(ApiKey.IdOf(key ?? ""), NoKey);
        var now = time.GetUtcNow();
        var isCurrent = CryptographicOperations.FixedTimeEquals(hash, known.Hash);
        var isPrevious = CryptographicOperations.FixedTimeEquals(hash, known.PreviousHash ?? NoKey.Hash);
        if (!(isCurrent | isPrevious) || now >= known.ExpiresAt)
            return null;
        await RecordUseAsync(known.Id, now, ct);
        return ($"key:{known.Id}", known.Role);
    }

    /// <summary>Drops the cached keys, after a change on this instance.</summary>
    public void Invalidate() => _valid.Invalidate();

    public void Dispose() => _valid.Dispose();

    private async Task RecordUseAsync(string id, DateTimeOffset now, CancellationToken ct)
    {
        if (_recordedUses.TryGetValue(id, out var last) && now - last < UseInterval)
            return;
        if (_recordedUses.Count >= 2 * MaxKeys)
            _recordedUses.Clear();
        _recordedUses[id] = now;
        await database.ExecuteAsync(RecordUseSql, ct, ("id", id));
    }

    private sealed record ValidKey(string Id, byte[] Hash, byte[]? PreviousHash, Role Role, DateTimeOffset ExpiresAt);
}
