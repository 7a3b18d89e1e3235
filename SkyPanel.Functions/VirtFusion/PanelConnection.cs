using Microsoft.Extensions.Options;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>Where configuration leaves VirtFusion's address or token out, what was set over HTTP gives them, else the panel's own
/// <c>settings</c>; a token that is rotated there is used without a restart.</summary>
/// <remarks>An address that was set over HTTP gets no token but one that was set for it over HTTP too: who may write settings could else
/// have the token that they can't read sent to a server of theirs.</remarks>
public sealed class PanelConnection(NpgsqlDataSource database, SecretStore secrets, VirtFusionConnection connection,
    IOptions<VirtFusionOptions> options)
{
    private const string SettingsSql =
        "select key, value from public.settings where key in ('virtfusion_api_url', 'virtfusion_api_token') and trim(value) <> ''";

    private (string BaseUrl, string Token)? _used;

    /// <returns>What is set nowhere, in one line; null when both are set.</returns>
    /// <exception cref="VirtFusionException">What was set over HTTP can't be decrypted. What it was isn't known, so nothing else takes its
    /// place, and nothing is sent.</exception>
    /// <exception cref="StartException">The panel's address can't be used: it isn't https, or no address at all.</exception>
    /// <param name="isMigrated">Whether there is a table of secrets yet.</param>
    public async Task<string?> RefreshAsync(CancellationToken ct, bool isMigrated = true)
    {
        var (baseUrl, token) = (options.Value.BaseUrl, options.Value.ApiToken);
        if (!string.IsNullOrWhiteSpace(baseUrl) && !string.IsNullOrWhiteSpace(token))
            return null;

        var rows = await Attempt.QueryAsync(database, SettingsSql, row => (Key: row.GetString(0), Value: row.GetString(1)), ct);
        // A table that is gone for a moment takes nothing away from what is in use.
        if (rows is null && _used is not null)
            return null;
        var settings = (rows ?? []).ToDictionary(s => s.Key, s => s.Value);
        string? storedToken, storedUrl;
        try
        {
            storedToken = isMigrated && string.IsNullOrWhiteSpace(token) ? await secrets.ReadAsync(SecretStore.VirtFusionToken, ct) : null;
            storedUrl = string.IsNullOrWhiteSpace(baseUrl) && storedToken is not null ? await secrets.ReadAsync(SecretStore.VirtFusionUrl,
                ct) : null;
        }
        catch (UnreadableSecretException e)
        {
            Forget();
            throw new VirtFusionException(e.Message);
        }
        if (string.IsNullOrWhiteSpace(baseUrl))
            baseUrl = storedUrl ?? settings.GetValueOrDefault("virtfusion_api_url");
        if (string.IsNullOrWhiteSpace(token))
            token = storedToken ?? settings.GetValueOrDefault("virtfusion_api_token");
        if (baseUrl is null || token is null)
        {
            Forget();
            return Missing(baseUrl, token);
        }
        if (_used == (baseUrl, token))
            return null;
        try
        {
            connection.Use(baseUrl, token);
        }
        catch (FormatException e)
        {
            throw new StartException($"settings.virtfusion_api_url: {e.Message}");
        }
        _used = (baseUrl, token);
        return null;
    }

    private void Forget()
    {
        connection.Forget();
        _used = null;
    }

    private static string Missing(string? baseUrl, string? token) => (baseUrl, token) switch
    {
        (null, null) => "VirtFusion:BaseUrl and VirtFusion:ApiToken are missing, and the panel's settings have no virtfusion_api_url and " +
            "virtfusion_api_token.",
        (null, _) => "VirtFusion:BaseUrl is missing, and the panel's settings have no virtfusion_api_url.",
        _ => "VirtFusion:ApiToken is missing, and the panel's settings have no virtfusion_api_token.",
    };
}
