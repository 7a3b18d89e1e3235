using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Caching;
using SkyPanel.Functions.Database;

namespace SkyPanel.Functions.Http;

/// <summary>Knows whose key it is. All valid keys are read at once and kept for three seconds, so a guess costs no query and leaves nothing in
/// memory, and a key that was revoked on another instance stops three seconds later at most; on the same one at once.</summary>
public sealed class ApiKeys(NpgsqlDataSource database, IOptions<AdminOptions> options, Caches caches, TimeProvider time) : IDisposable
{
    /// <summary>Valid at once; more are refused, so that what is kept in memory is bounded.</summary>
    public const int Most = 1000;

    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(3);
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
    private readonly Cached<Dictionary<string, Known>> _valid = caches.Keep("api-keys", KeptFor, async ct => (await database.QueryAsync(ValidSql, Read, ct)).ToDictionary(key => key.Id));

    /// <summary>Null for an unknown, a wrong, an expired and a revoked key alike. Takes the same time for each of them, whatever it
    /// has in common with a right one.</summary>
    public async Task<(string Name, Role Role)?> FindAsync(string? key, CancellationToken ct)
    {
        var hash = ApiKey.Hash(key ?? "");
        if (CryptographicOperations.FixedTimeEquals(hash, _bootstrapHash ?? Nobody.Hash)) // It needs no database: who has it can ask the doctor what is wrong with that.
            return ("bootstrap-key", Role.Admin);
        var keys = await _valid.GetAsync(ct);
        var known = keys.GetValueOrDefault(ApiKey.IdOf(key ?? ""), Nobody);
        var now = time.GetUtcNow();
        var isCurrent = CryptographicOperations.FixedTimeEquals(hash, known.Hash);
        var isPrevious = CryptographicOperations.FixedTimeEquals(hash, known.PreviousHash ?? Nobody.Hash) & now < known.PreviousUntil;
        if (!(isCurrent | isPrevious) || now >= known.ExpiresAt)
            return null;
        await NoteUseAsync(known.Id, now, ct);
        return ($"key:{known.Id}", known.Role);
    }

    /// <summary>Reads the keys anew with the next request: after a change on this instance.</summary>
    public void Forget() => _valid.Forget();

    public void Dispose() => _valid.Dispose();

    private async Task NoteUseAsync(string id, DateTimeOffset now, CancellationToken ct)
    {
        if (_noted.TryGetValue(id, out var last) && now - last < UseNotedEvery)
            return;
        if (_noted.Count >= 2 * Most)
            _noted.Clear();
        _noted[id] = now;
        await database.ExecuteAsync(NoteUseSql, ct, ("id", id));
    }

    private static Known Read(NpgsqlDataReader row) => new(
        row.Get<string>("id"), row.Get<byte[]>("secret_hash"), row.Nullable<byte[]>("previous_hash"), row.Nullable<DateTimeOffset?>("previous_until"),
        Roles.Parse(row.Get<string>("role")) ?? throw new InvalidOperationException("The table allows no other role."), row.Get<DateTimeOffset>("expires_at"));

    private sealed record Known(string Id, byte[] Hash, byte[]? PreviousHash, DateTimeOffset? PreviousUntil, Role Role, DateTimeOffset ExpiresAt);
}
