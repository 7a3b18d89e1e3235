using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Health;

/// <summary>What monitoring checks, over HTTP.</summary>
public sealed class CheckFunctions(Gate gate, CheckRecords records)
{
    private const string Route = "api/admin/monitoring/checks";

    /// <summary>Lists what monitoring looks at, and how it stands.</summary>
    [Function("ListChecks")]
    [Operation(Role.Viewer)]
    [Answer(200, typeof(ChecksAnswer))]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        gate.EnterAsync(request, Role.Viewer, async (_, ct) => ApiJson.Ok(new ChecksAnswer(await records.ListAsync(ct))));
}

/// <summary>What monitoring looks at.</summary>
public sealed record ChecksAnswer(IReadOnlyList<CheckRecord> Checks);
