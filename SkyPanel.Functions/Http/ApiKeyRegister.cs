namespace SkyPanel.Functions.Http;

/// <summary>Creates, lists, rotates and revokes API keys; each change in one transaction with its line in the audit.</summary>
public sealed class ApiKeyRegister(NpgsqlDataSource database, ApiKeys keys)
{
    private const string Columns = """
        id, name, role, owner, expires_at, created_at, created_by, rotated_at, previous_until as previous_valid_until, last_used_at,
        revoked_at, revoked_by
        """;

    private const string ListSql = $"select {Columns} from cron_service.api_keys order by created_at desc, id limit 5000";
    private const string FindSql = $"select {Columns} from cron_service.api_keys where id = @id for update";

    // The count is a later statement, so that it sees what a concurrent request has committed: both could otherwise reach the limit.
    private const string LockSql = $"select pg_advisory_xact_lock({AdvisoryLocks.ApiKeys})";
    private const string CountSql = "select count(*) from cron_service.api_keys where revoked_at is null and expires_at > now()";

    private const string CreateSql = $"""
        insert into cron_service.api_keys (id, secret_hash, name, role, owner, expires_at, created_by)
        values (@id, @hash, @name, @role, @owner::text, @expires_at, @by) returning {Columns}
        """;

    private const string RotateSql = $"""
        update cron_service.api_keys set secret_hash = @hash, rotated_at = now(),
            previous_hash = case when @grace > interval '0' then secret_hash end,
            previous_until = case when @grace > interval '0' then now() + @grace end
        where id = @id and revoked_at is null and expires_at > now() returning {Columns}
        """;

    private const string RevokeSql = $"""
        update cron_service.api_keys set revoked_at = now(), revoked_by = @by where id = @id and revoked_at is null returning {Columns}
        """;

    // Otherwise a replaced secret would be valid for as long as the clock was ahead.
    private const string AheadSql = """
        update cron_service.api_keys set rotated_at = now(), previous_until = now() + (previous_until - rotated_at)
        where rotated_at > now() + interval '1 minute'
        """;

    /// <summary>Moves back the end of a replaced secret.</summary>
    internal static readonly ClockRepair ClockRepair = new("api_keys", AheadSql);

    public Task<List<ApiKeyInfo>> ListAsync(CancellationToken ct) => database.QueryAsync<ApiKeyInfo>(ListSql, ct);

    /// <summary>Creates a key in the caller's transaction. Call <see cref="ApiKeys.Invalidate"/> after its commit.</summary>
    /// <returns>Null when the limit of valid keys is reached.</returns>
    public static async Task<(ApiKeyInfo Info, string Key)?> CreateAsync(NpgsqlConnection connection, Caller caller, string name, Role role,
        string? owner, DateTimeOffset expiresAt)
    {
        await connection.ExecuteAsync(LockSql, CancellationToken.None);
        if (await connection.ScalarAsync<long>(CountSql, CancellationToken.None) >= ApiKeys.MaxKeys)
            return null;
        var id = ApiKey.NewId();
        var key = ApiKey.New(id);
        var info = (await connection.QueryAsync<ApiKeyInfo>(CreateSql, CancellationToken.None, ("id", id), ("hash", ApiKey.Hash(key)),
            ("name", name),
            ("role", role.Name()), ("owner", owner), ("expires_at", expiresAt.ToUniversalTime()), ("by", caller.Name)))[0];
        await Audit.WriteAsync(connection, caller, "create-key", $"key {id}", null, info, null);
        return (info, key);
    }

    /// <summary>Replaces a key's secret in the caller's transaction, as <see cref="CreateAsync"/>. The previous secret stays valid for
    /// <paramref name="grace"/>; the one before that becomes invalid.</summary>
    /// <returns>No key when it is expired or revoked; no info either when it is unknown.</returns>
    public static async Task<(ApiKeyInfo? Info, string? Key)> RotateAsync(NpgsqlConnection connection, Caller caller, string id,
        TimeSpan grace)
    {
        var before = await FindAsync(connection, id);
        var key = ApiKey.New(id);
        if (await connection.FindAsync<ApiKeyInfo>(RotateSql, CancellationToken.None, ("id", id), ("hash", ApiKey.Hash(key)),
            ("grace", grace)) is not { } after)
            return (before, null);
        await Audit.WriteAsync(connection, caller, "rotate-key", $"key {id}", before, after, null);
        return (after, key);
    }

    /// <returns>The revoked key, also when it was revoked before; null when it is unknown.</returns>
    public async Task<ApiKeyInfo?> RevokeAsync(Caller caller, string id)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        var before = await FindAsync(connection, id);
        if (await connection.FindAsync<ApiKeyInfo>(RevokeSql, CancellationToken.None, ("id", id), ("by", caller.Name)) is not { } after)
            return before;
        await Audit.WriteAsync(connection, caller, "revoke-key", $"key {id}", before, after, null);
        await transaction.CommitAsync();
        keys.Invalidate();
        return after;
    }

    private static Task<ApiKeyInfo?> FindAsync(NpgsqlConnection connection, string id) =>
        connection.FindAsync<ApiKeyInfo>(FindSql, CancellationToken.None, ("id", id));
}

/// <summary>Describes a key, without its secret.</summary>
public sealed record ApiKeyInfo(
    string Id, string Name, [property: AllowedValues("panel", "viewer", "operator", "admin")] string Role, string? Owner,
    DateTime ExpiresAt, DateTime CreatedAt,
    string CreatedBy, DateTime? RotatedAt, DateTime? PreviousValidUntil, DateTime? LastUsedAt, DateTime? RevokedAt, string? RevokedBy);
