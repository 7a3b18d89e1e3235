using SkyPanel.Functions.Settings;

namespace SkyPanel.Functions.VirtFusion;

/// <summary>Reads VirtFusion's address and token: from configuration, else from the settings stored over HTTP, else from the panel's own
/// <c>settings</c>. A rotated token is used without a restart.</summary>
/// <remarks>An address stored over HTTP is only used with a token stored over HTTP. Otherwise anybody who may write settings could send a
/// token that they can't read to their own server.</remarks>
public sealed class PanelConnection(NpgsqlDataSource database, SecretStore secrets, VirtFusionConnection connection,
    IOptions<VirtFusionOptions> options)
{
    private const string SettingsSql =
        "select key, value from public.settings where key in ('virtfusion_api_url', 'virtfusion_api_token') and trim(value) <> ''";

    private (string BaseUrl, string Token)? _used;

    /// <returns>The missing setting, in one line; null when both are set.</returns>
    /// <exception cref="VirtFusionException">A stored setting can't be decrypted. Its value is unknown, so nothing takes its place, and
    /// nothing is sent.</exception>
    /// <exception cref="StartException">The panel's address is invalid or isn't https.</exception>
    /// <param name="isMigrated">Whether the table of secrets exists.</param>
    public async Task<string?> RefreshAsync(CancellationToken ct, bool isMigrated = true)
    {
        var (baseUrl, token) = (options.Value.BaseUrl, options.Value.ApiToken);
        if (!string.IsNullOrWhiteSpace(baseUrl) && !string.IsNullOrWhiteSpace(token))
            return null;

        var rows = await Attempt.QueryAsync<KeyValuePair<string, string>>(database, SettingsSql, ct);
        // A table that is briefly missing doesn't reset the connection in use.
        if (rows is null && _used is not null)
            return null;
        var settings = new Dictionary<string, string>(rows ?? []);
        string? storedToken, storedUrl;
        try
        {
            storedToken = isMigrated && string.IsNullOrWhiteSpace(token) ? await secrets.ReadAsync(SecretStore.VirtFusionToken, ct) : null;
            storedUrl = string.IsNullOrWhiteSpace(baseUrl) && storedToken is not null ? await secrets.ReadAsync(SecretStore.VirtFusionUrl,
                ct) : null;
        }
        catch (UnreadableSecretException e)
        {
            Clear();
            throw new VirtFusionException(e.Message);
        }
        if (string.IsNullOrWhiteSpace(baseUrl))
            baseUrl = storedUrl ?? settings.GetValueOrDefault("virtfusion_api_url");
        if (string.IsNullOrWhiteSpace(token))
            token = storedToken ?? settings.GetValueOrDefault("virtfusion_api_token");
        if (baseUrl is null || token is null)
        {
            Clear();
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
            throw new StartException($"settings.virtfusion_api_url or virtfusion_api_token: {e.Message}");
        }
        _used = (baseUrl, token);
        return null;
    }

    private void Clear()
    {
        connection.Clear();
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
