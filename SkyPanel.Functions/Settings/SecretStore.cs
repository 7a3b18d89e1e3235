using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace SkyPanel.Functions.Settings;

/// <summary>Stores the secret settings that were set over HTTP, each encrypted for a purpose that is its name. They are read each time, so
/// a change is live at once on every instance.</summary>
public sealed class SecretStore(NpgsqlDataSource database, IDataProtectionProvider protection)
{
    public const string VirtFusionUrl = "virtfusion_api_url";
    public const string VirtFusionToken = "virtfusion_api_token";
    public const string DiscordWebhook = "discord_webhook_url";
    public const string PayPalClientId = "paypal_client_id";
    public const string PayPalClientSecret = "paypal_client_secret";

    public static readonly string[] Names = [VirtFusionToken, VirtFusionUrl, DiscordWebhook, PayPalClientId, PayPalClientSecret];

    /// <summary>The prefix of the names of webhook secrets, which only <c>/api/admin/customers/webhooks</c> changes.</summary>
    public const string WebhookPrefix = "webhook:";

    private const string Purpose = "SkyPanel.Secrets";

    private const string FindSql = "select ciphertext, updated_at, updated_by from cron_service.secrets where name = @name";

    private const string AllSql = "select name, ciphertext from cron_service.secrets order by name";

    private const string WriteSql = """
        insert into cron_service.secrets (name, ciphertext, updated_by) values (@name, @ciphertext, @by)
        on conflict (name) do update set ciphertext = excluded.ciphertext, updated_by = excluded.updated_by, updated_at = now()
        """;

    private const string DeleteSql = "delete from cron_service.secrets where name = @name";

    /// <returns>Null when it isn't stored.</returns>
    /// <exception cref="UnreadableSecretException">It can't be decrypted.</exception>
    public async Task<string?> ReadAsync(string name, CancellationToken ct) => (await FindAsync(name, ct))?.Value;

    /// <summary>Reads it in the caller's transaction.</summary>
    public async Task<string?> ReadAsync(NpgsqlConnection connection, string name, CancellationToken ct) =>
        Unprotect(name, await connection.FindAsync<Stored>(FindSql, ct, ("name", name)))?.Value;

    public async Task<(string Value, DateTime UpdatedAt, string UpdatedBy)?> FindAsync(string name, CancellationToken ct) =>
        Unprotect(name, await database.FindAsync<Stored>(FindSql, ct, ("name", name)));

    /// <returns>How many are stored, and the names of those that can't be decrypted.</returns>
    public async Task<(int Stored, IReadOnlyList<string> Unreadable)> CheckAsync(CancellationToken ct)
    {
        var all = await database.QueryAsync(AllSql, row => (Name: row.Get<string>("name"), Ciphertext: row.Get<string>("ciphertext")), ct);
        return (all.Count, [.. all.Where(one => TryUnprotect(one.Name, one.Ciphertext) is null).Select(one => one.Name)]);
    }

    /// <summary>Encrypts a value, before the transaction that stores it: this may read the keys on another connection.</summary>
    public string Protect(string name, string value) => Protector(name).Protect(value);

    /// <summary>Stores an encrypted value in the caller's transaction.</summary>
    public static Task WriteAsync(NpgsqlConnection connection, string name, string ciphertext, string by) =>
        connection.ExecuteAsync(WriteSql, CancellationToken.None, ("name", name), ("ciphertext", ciphertext), ("by", by));

    public static async Task<bool> DeleteAsync(NpgsqlConnection connection, string name) =>
        await connection.ExecuteAsync(DeleteSql, CancellationToken.None, ("name", name)) == 1;

    private (string Value, DateTime UpdatedAt, string UpdatedBy)? Unprotect(string name, Stored? stored)
    {
        if (stored is null)
            return null;
        return TryUnprotect(name, stored.Ciphertext) is { } value ? (value, stored.UpdatedAt, stored.UpdatedBy)
            : throw new UnreadableSecretException(name);
    }

    private string? TryUnprotect(string name, string ciphertext)
    {
        try
        {
            return Protector(name).Unprotect(ciphertext);
        }
        catch (CryptographicException) // Its message may contain details of keys.
        {
            return null;
        }
    }

    private IDataProtector Protector(string name) => protection.CreateProtector(Purpose, name);

    private sealed record Stored(string Ciphertext, DateTime UpdatedAt, string UpdatedBy);
}
