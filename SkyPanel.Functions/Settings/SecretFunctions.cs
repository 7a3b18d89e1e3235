using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Settings;

/// <summary>Serves secret settings over HTTP: they are written, and shown as their last four characters.</summary>
public sealed class SecretFunctions(Gate gate, SecretWriter secrets, IEnumerable<SecretRule> rules)
{
    private const string Route = "api/admin/settings/{name}";

    /// <summary>Shows the source of a secret setting, and its stored value masked.</summary>
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
                return ApiJson.Ok(await secrets.DescribeAsync(CheckName(name), ct));
            }
            catch (UnreadableSecretException e)
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
            var known = CheckName(name);
            var value = (await ApiJson.ReadAsync<SecretBody>(request)).Value.Trim();
            CheckValue(known, value);
            await secrets.ChangeAsync(caller, known, value);
            return ApiJson.Ok(await secrets.DescribeAsync(known, CancellationToken.None));
        });

    /// <summary>Deletes a secret setting that is stored here.</summary>
    /// <param name="name">The setting, such as <c>virtfusion_api_token</c>.</param>
    [Function("DeleteSetting")]
    [Operation(Role.Admin, Refuses = [404])]
    [Answer(200, typeof(SecretAnswer))]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route)] HttpRequest request, string name) =>
        gate.EnterAsync(request, Role.Admin, async (caller, _) => await secrets.ChangeAsync(caller, CheckName(name), null)
            ? ApiJson.Ok(await secrets.DescribeAsync(name, CancellationToken.None)) : Problem.NotFound($"{name} isn't stored here."));

    private static string CheckName(string name) =>
        SecretStore.Names.Contains(name) ? name
            : throw new NotFoundException($"There is no setting '{name}': {string.Join(", ", SecretStore.Names)} are.");

    private void CheckValue(string name, string value)
    {
        if (!value.All(c => c is > ' ' and <= '~'))
            throw new BadInputException("value", "must be printable ASCII characters without spaces");
        if (rules.FirstOrDefault(rule => rule.Name == name && !rule.IsAllowed(value)) is { } broken)
            throw new BadInputException("value", $"must be {broken.Allowed}");
    }
}

/// <summary>A secret to store.</summary>
public sealed class SecretBody
{
    /// <summary>Printable ASCII; surrounding blanks are removed.</summary>
    [Required, Length(1, 2000)]
    public string Value { get; set; } = "";
}

/// <summary>A secret setting, without its value.</summary>
/// <param name="Source">The source in use: <c>configuration</c>, <c>stored</c> (here), <c>panel</c> (its own settings), or <c>none</c>. An
/// address that is stored here is used only if a token is stored too.</param>
/// <param name="Stored">The value stored here, masked; null when none is.</param>
public sealed record SecretAnswer(string Name, [property: AllowedValues("configuration", "stored", "panel", "none")] string Source,
    string? Stored, DateTime? UpdatedAt, string? UpdatedBy);
