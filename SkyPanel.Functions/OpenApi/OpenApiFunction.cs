using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.OpenApi;

/// <summary>What this API is, for programs. Open to everybody: it is in the repository, and holds nothing of an installation.</summary>
public sealed class OpenApiFunction(Gate gate)
{
    /// <summary>Tells this document.</summary>
    [Function("GetOpenApi")]
    [Operation(Role.None)]
    [Answer(200, typeof(JsonObject))]
    public Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Document.Route)] HttpRequest request) =>
        gate.OpenAsync(request, _ => Document.AnswerAsync());
}
