using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Ledger;

namespace SkyPanel.Functions.Http;

/// <summary>Serves the caller's own name and role over HTTP.</summary>
public sealed class CallerFunctions(Gate gate, IOptions<LedgerOptions> ledger)
{
    /// <summary>Shows the caller's name and role, and the currency that amounts are in.</summary>
    [Function("GetCaller")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(CallerAnswer))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/me")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, (caller, _) => Task.FromResult(ApiJson.Ok(
            new CallerAnswer(caller.Name, caller.Role.Name(), ledger.Value.Currency, ledger.Value.TokensPerCurrencyUnit))));
}

/// <summary>The caller.</summary>
/// <param name="Name">The key's name, or the token's subject.</param>
/// <param name="Currency">An ISO 4217 code.</param>
public sealed record CallerAnswer(string Name, [property: AllowedValues("viewer", "operator", "admin")] string Role, string Currency,
    int TokensPerCurrencyUnit);
