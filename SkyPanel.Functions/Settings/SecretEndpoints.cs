using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Npgsql;
using SkyPanel.Functions.Database;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Outbox;
using SkyPanel.Functions.VirtFusion;

namespace SkyPanel.Functions.Settings;

/// <summary>Secret settings over HTTP: written, and shown as their last four characters. Configuration comes before what is stored here, and that before
/// the panel's own <c>settings</c>, which are only read.</summary>
public sealed class SecretEndpoints(SecretStore secrets, NpgsqlDataSource database, IConfiguration configuration)
{
    public const string Route = "api/admin/settings/{name}";

    private const int ShortestWithAnEnd = 12;

    private static readonly Dictionary<string, string> Configured = new()
    {
        [SecretStore.VirtFusionToken] = "VirtFusion:ApiToken",
        [SecretStore.VirtFusionUrl] = "VirtFusion:BaseUrl",
        [SecretStore.DiscordWebhook] = "Discord:WebhookUrl",
        [SecretStore.PayPalClientId] = "PayPal:ClientId",
        [SecretStore.PayPalClientSecret] = "PayPal:ClientSecret",
    };

    // What of the panel's is read at all; it knows no PayPal there.
    private static readonly string[] OfThePanel = [SecretStore.VirtFusionUrl, SecretStore.VirtFusionToken, SecretStore.DiscordWebhook];

    private const string HasPanelSql = "select exists (select from public.settings where key = @name and trim(value) <> '')";

    private const string HasTokenSql = "select exists (select from cron_service.secrets where name = 'virtfusion_api_token')";

    public async Task<IResult> GetAsync(string name, CancellationToken ct)
    {
        if (!SecretStore.Names.Contains(name))
            return Unknown(name);
        try
        {
            return AdminJson.Ok(await DescribeAsync(name, ct));
        }
        catch (UnreadableSecretException e) // It can't be decrypted, and the message says what to do.
        {
            return Problem.Conflict(e.Message);
        }
    }

    public async Task<IResult> PutAsync(HttpRequest request, Caller caller, string name)
    {
        if (!SecretStore.Names.Contains(name))
            return Unknown(name);
        var value = (await AdminJson.ReadAsync<SecretBody>(request)).Value.Trim();
        if (!value.All(c => c is > ' ' and <= '~'))
            throw new BadInputException("value", "must be printable ASCII characters without spaces");
        if (name == SecretStore.VirtFusionUrl && VirtFusionAddress.Problem(value) is not null)
            throw new BadInputException("value", "must be an address such as https://panel.example/api/v1, http:// only for loopback, without user name, query or fragment");
        if (name == SecretStore.DiscordWebhook && DiscordWebhook.Parse(value) is null)
            throw new BadInputException("value", $"must be {DiscordWebhook.Allowed}");

        await ChangeAsync(caller, name, value);
        return AdminJson.Ok(await DescribeAsync(name, CancellationToken.None));
    }

    public async Task<IResult> DeleteAsync(Caller caller, string name)
    {
        if (!SecretStore.Names.Contains(name))
            return Unknown(name);
        return await ChangeAsync(caller, name, null) ? AdminJson.Ok(await DescribeAsync(name, CancellationToken.None)) : Problem.NotFound($"{name} isn't stored here.");
    }

    // One transaction: no change without its line.
    private async Task<bool> ChangeAsync(Caller caller, string name, string? value)
    {
        var before = await MaskedAsync(name);
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginAsync(CancellationToken.None);
        if (name == SecretStore.VirtFusionUrl && value is not null && !await IsSameServerAsync(value) && await SecretStore.DeleteAsync(connection, SecretStore.VirtFusionToken))
            await Audit.WriteAsync(connection, caller, "delete-setting", SecretStore.VirtFusionToken, null, null, "it was set for another address");
        if (value is not null)
            await secrets.WriteAsync(connection, name, value, caller.Name);
        else if (!await SecretStore.DeleteAsync(connection, name))
            return false;
        await Audit.WriteAsync(connection, caller, value is null ? "delete-setting" : "change-setting", name,
            before is null ? null : new { value = before }, value is null ? null : new { value = Masked(value) }, null);
        await transaction.CommitAsync();
        return true;
    }

    // A token is sent nowhere but where it was set for: else a new address would read it to whoever answers there.
    private async Task<bool> IsSameServerAsync(string address)
    {
        try
        {
            return await secrets.ReadAsync(SecretStore.VirtFusionUrl, CancellationToken.None) is { } before
                && Uri.Compare(VirtFusionAddress.Parse(before), VirtFusionAddress.Parse(address), UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;
        }
        catch (UnreadableSecretException) // What can't be decrypted is no address.
        {
            return false;
        }
    }

    private async Task<SecretAnswer> DescribeAsync(string name, CancellationToken ct)
    {
        var stored = await secrets.FindAsync(name, ct);
        var source = IsConfigured(name) ? "configuration"
            : stored is not null && await CountsAsync(name, ct) ? "stored"
            : await HasPanelAsync(name, ct) ? "panel" : "none";
        return new(name, source, stored is { } there ? Masked(there.Value) : null, stored?.UpdatedAt, stored?.UpdatedBy);
    }

    private bool IsConfigured(string name) => !string.IsNullOrWhiteSpace(configuration[Configured[name]]);

    // A stored address counts only with a token that was set for it: VirtFusion/PanelConnection.
    private async Task<bool> CountsAsync(string name, CancellationToken ct) => name != SecretStore.VirtFusionUrl
        || (!IsConfigured(SecretStore.VirtFusionToken) && (await database.QueryAsync(HasTokenSql, row => row.GetBoolean(0), ct))[0]);

    private async Task<bool> HasPanelAsync(string name, CancellationToken ct)
    {
        try
        {
            return OfThePanel.Contains(name) && (await database.QueryAsync(HasPanelSql, row => row.GetBoolean(0), ct, ("name", name)))[0];
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable) // Its table is gone, and what was in it.
        {
            return false;
        }
    }

    private async Task<string?> MaskedAsync(string name)
    {
        try
        {
            return await secrets.ReadAsync(name, CancellationToken.None) is { } value ? Masked(value) : null;
        }
        catch (UnreadableSecretException) // Which is when it must be replaced.
        {
            return "can't be decrypted";
        }
    }

    private static string Masked(string value) => value.Length < ShortestWithAnEnd ? "***" : $"***{value[^4..]}";

    private static IResult Unknown(string name) => Problem.NotFound($"There is no setting '{name}': {string.Join(", ", SecretStore.Names)} are.");
}

/// <summary>A secret to be stored.</summary>
public sealed class SecretBody
{
    /// <summary>Printable ASCII; blanks around it are cut off.</summary>
    [Required, Length(1, 2000)]
    public string Value { get; set; } = "";
}

/// <summary>A secret setting, which is never shown.</summary>
/// <param name="Source">What counts: <c>configuration</c>, <c>stored</c> (here), <c>panel</c> (its own settings), or <c>none</c>: it is set nowhere. An address that is
/// stored here counts once a token is, too.</param>
/// <param name="Stored">What is stored here, masked; null when nothing is.</param>
public sealed record SecretAnswer(string Name, [property: AllowedValues("configuration", "stored", "panel", "none")] string Source, string? Stored, DateTime? UpdatedAt, string? UpdatedBy);
