using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Settings;

/// <summary>Secret settings, over HTTP: written, and shown as their last four characters.</summary>
public sealed class SecretFunctions(Gate gate, SecretWriter secrets, IEnumerable<SecretRule> rules)
{
    private const string Route = "api/admin/settings/{name}";

    /// <summary>Shows where a secret setting comes from, masked.</summary>
    /// <param name="name">The setting, such as <c>virtfusion_api_token</c>.</param>
    [Function("GetSetting")]
    [Operation(Role.Admin, Refuses = [404, 409])]
    [Answer(200, typeof(SecretAnswer))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, string name) =>
        gate.EnterAsync(request, Role.Admin, async (_, ct) =>
        {
            try
            {
                return ApiJson.Ok(await secrets.DescribeAsync(Known(name), ct));
            }
            catch (UnreadableSecretException e) // It can't be decrypted, and the message says what to do.
            {
                return Problem.Conflict(e.Message);
            }
        });

    /// <summary>Stores a secret setting, encrypted.</summary>
    /// <param name="name">The setting, such as <c>virtfusion_api_token</c>.</param>
    [Function("PutSetting")]
    [Operation(Role.Admin, Body = typeof(SecretBody), Refuses = [404])]
    [Answer(200, typeof(SecretAnswer))]
    public Task<IResult> PutAsync([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Route)] HttpRequest request, string name) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) =>
        {
            var known = Known(name);
            var value = (await ApiJson.ReadAsync<SecretBody>(request)).Value.Trim();
            Check(known, value);
            await secrets.ChangeAsync(caller, known, value);
            return ApiJson.Ok(await secrets.DescribeAsync(known, CancellationToken.None));
        });

    /// <summary>Forgets a secret setting that is stored here.</summary>
    /// <param name="name">The setting, such as <c>virtfusion_api_token</c>.</param>
    [Function("DeleteSetting")]
    [Operation(Role.Admin, Refuses = [404])]
    [Answer(200, typeof(SecretAnswer))]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route)] HttpRequest request, string name) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) => await secrets.ChangeAsync(caller, Known(name), null)
            ? ApiJson.Ok(await secrets.DescribeAsync(name, CancellationToken.None)) : Problem.NotFound($"{name} isn't stored here."));

    private static string Known(string name) =>
        SecretStore.Names.Contains(name) ? name
            : throw new NotFoundException($"There is no setting '{name}': {string.Join(", ", SecretStore.Names)} are.");

    private void Check(string name, string value)
    {
        if (!value.All(c => c is > ' ' and <= '~'))
            throw new BadInputException("value", "must be printable ASCII characters without spaces");
        if (rules.FirstOrDefault(rule => rule.Name == name && !rule.IsAllowed(value)) is { } broken)
            throw new BadInputException("value", $"must be {broken.Allowed}");
    }
}

/// <summary>A secret to be stored.</summary>
public sealed class SecretBody
{
    /// <summary>Printable ASCII; blanks around it are cut off.</summary>
    [Required, Length(1, 2000)]
    public string Value { get; set; } = "";
}

/// <summary>A secret setting, which is never shown.</summary>
/// <param name="Source">What counts: <c>configuration</c>, <c>stored</c> (here), <c>panel</c> (its own settings), or <c>none</c>: it is set
/// nowhere. An address that is stored here counts once a token is, too.</param>
/// <param name="Stored">What is stored here, masked; null when nothing is.</param>
public sealed record SecretAnswer(string Name, [property: AllowedValues("configuration", "stored", "panel", "none")] string Source,
    string? Stored, DateTime? UpdatedAt, string? UpdatedBy);
