using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Billing;

/// <summary>Serves the integrity check of the ledger over HTTP.</summary>
public sealed class IntegrityFunctions(Gate gate, Integrity integrity, AsyncMutex<IntegrityFunctions> mutex)
{
    /// <summary>Checks every law of money against the whole database.</summary>
    [Function("GetIntegrity")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(IntegrityReport))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/billing/integrity")] HttpRequest request) =>
        // One at a time, as it reads every charge.
        gate.EnterAsync(request, Role.Viewer, async (_, ct) => ApiJson.Ok(await mutex.RunAsync(() => integrity.CheckAsync(ct), ct)));
}
