using SkyPanel.Functions.Http;
using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.Customers.Notices;

/// <summary>Stores the endpoints of webhooks and their encrypted secrets.</summary>
public sealed class WebhookEndpoints(NpgsqlDataSource database, SecretStore secrets)
{
    /// <summary>The maximum number of endpoints.</summary>
    public const int MaxEndpoints = 20;

    private const string Columns = """
        id, reference::text, url, description, created_by, created_at, previous_secret_until, deleted_at,
        case when paused_until > now() then paused_until - now() end as paused_for,
            coalesce(previous_secret_until > now(), false) as has_previous
        """;

    private const string ListSql = $"select {Columns} from cron_service.webhook_endpoints where deleted_at is null order by id";

    private const string FindSql = $"select {Columns} from cron_service.webhook_endpoints where id = @id";

    private const string LockSql = $"{FindSql} and deleted_at is null for update";

    private const string CreateSql = $"""
        insert into cron_service.webhook_endpoints (reference, url, description, created_by)
        select @reference::uuid, @url, @description::text, @by
            where (select count(*) from cron_service.webhook_endpoints where deleted_at is null) < @most
        returning {Columns}
        """;

    private const string RotateSql =
        $"update cron_service.webhook_endpoints set previous_secret_until = now() + @grace where id = @id returning {Columns}";

    private const string DeleteSql = $"update cron_service.webhook_endpoints set deleted_at = now() where id = @id returning {Columns}";

    private const string PauseSql = "update cron_service.webhook_endpoints set paused_until = now() + interval '1 minute' where id = @id";

    public Task<List<WebhookEndpoint>> ListAsync(CancellationToken ct) => database.QueryAsync<WebhookEndpoint>(ListSql, ct);

    /// <returns>The endpoint, even if deleted; null for an unknown id.</returns>
    public Task<WebhookEndpoint?> FindAsync(long id, CancellationToken ct) => database.FindAsync<WebhookEndpoint>(FindSql, ct, ("id", id));

    /// <returns>The secrets to sign with, the newest first; none when they can't be read.</returns>
    public async Task<IReadOnlyList<string>> SecretsAsync(WebhookEndpoint endpoint, CancellationToken ct)
    {
        var newest = await TryReadAsync(() => secrets.ReadAsync(Name(endpoint.Reference), ct));
        var before = endpoint.HasPrevious ? await TryReadAsync(() => secrets.ReadAsync(PreviousName(endpoint.Reference), ct)) : null;
        return [.. new[] { newest, before }.OfType<string>()];
    }

    /// <summary>Makes a secret. Call it before the transaction that stores it: reading the keys may need a connection of its own.</summary>
    public NewSecret Prepare() => Prepare($"{Guid.NewGuid()}");

    /// <summary>Stores an endpoint, in the caller's transaction.</summary>
    /// <returns>Null when there are too many endpoints.</returns>
    public static async Task<WebhookEndpoint?> CreateAsync(NpgsqlConnection connection, Caller caller, string url, string? description,
        NewSecret secret)
    {
        if (await connection.QueryAsync<WebhookEndpoint>(CreateSql, CancellationToken.None, ("reference", secret.Reference), ("url", url),
            ("description", description), ("by", caller.Name), ("most", MaxEndpoints)) is not [var endpoint])
            return null;
        await SecretStore.WriteAsync(connection, Name(secret.Reference), secret.Ciphertext, caller.Name);
        await Audit.WriteAsync(connection, caller, "create-webhook", $"webhook {endpoint.Id}", null,
            new { url = endpoint.ShownUrl, description }, null);
        return endpoint;
    }

    /// <summary>Replaces the secret in the caller's transaction. The previous one also signs during the grace period.</summary>
    /// <returns>Null for an unknown endpoint.</returns>
    public async Task<(WebhookEndpoint Endpoint, string Secret)?> RotateAsync(NpgsqlConnection connection, Caller caller, long id,
        TimeSpan grace, CancellationToken ct)
    {
        if (await connection.FindAsync<WebhookEndpoint>(LockSql, ct, ("id", id)) is not { } found)
            return null;
        var (reference, secret, ciphertext) = Prepare(found.Reference);
        if (grace > TimeSpan.Zero && await TryReadAsync(() => secrets.ReadAsync(connection, Name(reference), ct)) is { } before)
            await SecretStore.WriteAsync(connection, PreviousName(reference), secrets.Protect(PreviousName(reference), before),
                caller.Name);
        await SecretStore.WriteAsync(connection, Name(reference), ciphertext, caller.Name);
        var endpoint = (await connection.QueryAsync<WebhookEndpoint>(RotateSql, ct, ("id", id), ("grace", grace)))[0];
        await Audit.WriteAsync(connection, caller, "rotate-webhook", $"webhook {id}", null, new { endpoint.PreviousSecretUntil }, null);
        return (endpoint, secret);
    }

    /// <summary>Deletes an endpoint and its secrets, and discards its pending messages.</summary>
    /// <returns>Null for an unknown endpoint.</returns>
    public async Task<WebhookEndpoint?> DeleteAsync(Caller caller, long id)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        if (await connection.FindAsync<WebhookEndpoint>(LockSql, CancellationToken.None, ("id", id)) is not { } found)
            return null;
        var endpoint = (await connection.QueryAsync<WebhookEndpoint>(DeleteSql, CancellationToken.None, ("id", id)))[0];
        await SecretStore.DeleteAsync(connection, Name(found.Reference));
        await SecretStore.DeleteAsync(connection, PreviousName(found.Reference));
        await Audit.WriteAsync(connection, caller, "delete-webhook", $"webhook {id}", new { url = found.ShownUrl, found.Description }, null,
            null);
        await transaction.CommitAsync(CancellationToken.None);
        return endpoint;
    }

    /// <summary>Pauses an endpoint for a minute.</summary>
    public Task PauseAsync(long id) => database.ExecuteAsync(PauseSql, CancellationToken.None, ("id", id));

    private static string Name(string reference) => $"{SecretStore.WebhookPrefix}{reference}";

    private static string PreviousName(string reference) => $"{Name(reference)}:previous";

    private NewSecret Prepare(string reference)
    {
        var secret = SignedWebhooks.NewSecret();
        return new(reference, secret, secrets.Protect(Name(reference), secret));
    }

    private static async Task<string?> TryReadAsync(Func<Task<string?>> read)
    {
        try
        {
            return await read();
        }
        catch (UnreadableSecretException) // The doctor reports it. The remedy is a rotation.
        {
            return null;
        }
    }
}

/// <summary>An endpoint as stored.</summary>
/// <param name="Reference">The name of its secrets.</param>
/// <param name="PausedFor">The rest of its pause; null when it isn't paused.</param>
/// <param name="HasPrevious">Whether the previous secret also signs.</param>
public sealed record WebhookEndpoint(
    long Id, string Reference, string Url, string? Description, string CreatedBy, DateTime CreatedAt, DateTime? PreviousSecretUntil,
    DateTime? DeletedAt, TimeSpan? PausedFor, bool HasPrevious)
{
    /// <summary>The URL without its query, which may contain a secret.</summary>
    public string ShownUrl => OutgoingAddress.Masked(Url);
}

/// <summary>A new secret, not stored yet.</summary>
public sealed record NewSecret(string Reference, string Secret, string Ciphertext)
{
    // The generated method would print the secret.
    public override string ToString() => Reference;
}
