using Microsoft.Extensions.Configuration;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Settings;

/// <summary>Changes and describes secret settings on a request. Configuration takes precedence over stored values, and these over the
/// panel's own <c>settings</c>, which are only read.</summary>
public sealed class SecretWriter(SecretStore secrets, NpgsqlDataSource database, IConfiguration configuration)
{
    // Shorter values are masked entirely.
    private const int MinLengthToShowEnd = 12;

    private static readonly Dictionary<string, string> Configured = new()
    {
        [SecretStore.VirtFusionToken] = "VirtFusion:ApiToken",
        [SecretStore.VirtFusionUrl] = "VirtFusion:BaseUrl",
        [SecretStore.DiscordWebhook] = "Discord:WebhookUrl",
        [SecretStore.PayPalClientId] = "PayPal:ClientId",
        [SecretStore.PayPalClientSecret] = "PayPal:ClientSecret",
    };

    // The panel has no PayPal settings.
    private static readonly string[] PanelSettings = [SecretStore.VirtFusionUrl, SecretStore.VirtFusionToken, SecretStore.DiscordWebhook];

    private const string HasPanelSql = "select exists (select from public.settings where key = @name and trim(value) <> '')";

    private const string HasTokenSql = "select exists (select from cron_service.secrets where name = 'virtfusion_api_token')";

    /// <summary>Stores a value, or deletes it when it is null, together with its audit line.</summary>
    /// <returns>False when there was nothing to delete.</returns>
    public async Task<bool> ChangeAsync(Caller caller, string name, string? value)
    {
        var before = await MaskedAsync(name);
        var ciphertext = value is null ? null : secrets.Protect(name, value);
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        // A configured address stays in use when the stored one is removed.
        if (name == SecretStore.VirtFusionUrl && (value is null ? !IsConfigured(name) : !await IsSameServerAsync(connection, value))
            && await SecretStore.DeleteAsync(connection, SecretStore.VirtFusionToken))
            await Audit.WriteAsync(connection, caller, "delete-setting", SecretStore.VirtFusionToken, null, null,
                "it was set for another address");
        if (ciphertext is not null)
            await SecretStore.WriteAsync(connection, name, ciphertext, caller.Name);
        else if (!await SecretStore.DeleteAsync(connection, name))
            return false;
        await Audit.WriteAsync(connection, caller, value is null ? "delete-setting" : "change-setting", name,
            before is null ? null : new { value = before }, value is null ? null : new { value = Masked(value) }, null);
        await transaction.CommitAsync();
        return true;
    }

    // A token is only sent to the server it was set for: otherwise a changed address, or that of the panel's table, would leak it.
    private async Task<bool> IsSameServerAsync(NpgsqlConnection connection, string address)
    {
        try
        {
            return await secrets.ReadAsync(connection, SecretStore.VirtFusionUrl, CancellationToken.None) is { } before
                && Uri.Compare(new(before), new(address), UriComponents.SchemeAndServer, UriFormat.Unescaped,
                    StringComparison.OrdinalIgnoreCase) == 0;
        }
        catch (UnreadableSecretException)
        {
            return false;
        }
    }

    /// <exception cref="UnreadableSecretException">What is stored can't be decrypted.</exception>
    public async Task<SecretAnswer> DescribeAsync(string name, CancellationToken ct)
    {
        var stored = await secrets.FindAsync(name, ct);
        var source = IsConfigured(name) ? "configuration"
            : stored is not null && await IsUsedAsync(name, ct) ? "stored"
            : await HasPanelAsync(name, ct) ? "panel" : "none";
        return new(name, source, stored is { } there ? Masked(there.Value) : null, stored?.UpdatedAt, stored?.UpdatedBy);
    }

    private bool IsConfigured(string name) => !string.IsNullOrWhiteSpace(configuration[Configured[name]]);

    // A stored address is used only with a stored token, see VirtFusion/PanelConnection.
    private async Task<bool> IsUsedAsync(string name, CancellationToken ct) => name != SecretStore.VirtFusionUrl
        || (!IsConfigured(SecretStore.VirtFusionToken) && await database.ScalarAsync<bool>(HasTokenSql, ct));

    private async Task<bool> HasPanelAsync(string name, CancellationToken ct) =>
        PanelSettings.Contains(name) && await Attempt.QueryAsync<bool>(database, HasPanelSql, ct, ("name", name)) is [true];

    private async Task<string?> MaskedAsync(string name)
    {
        try
        {
            return await secrets.ReadAsync(name, CancellationToken.None) is { } value ? Masked(value) : null;
        }
        catch (UnreadableSecretException) // It can still be replaced.
        {
            return "can't be decrypted";
        }
    }

    private static string Masked(string value) => value.Length < MinLengthToShowEnd ? "***" : $"***{value[^4..]}";
}
