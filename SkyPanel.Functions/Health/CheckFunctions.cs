using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Health;

/// <summary>Serves the checks of monitoring over HTTP.</summary>
public sealed class CheckFunctions(Gate gate, CheckRecords records)
{
    /// <summary>Lists the checks of monitoring and their results.</summary>
    [Function("ListChecks")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(ChecksAnswer))]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/admin/monitoring/checks")] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) => ApiJson.Ok(new ChecksAnswer(await records.ListAsync(ct))));
}

/// <summary>The checks of monitoring.</summary>
public sealed record ChecksAnswer(IReadOnlyList<CheckRecord> Checks);
