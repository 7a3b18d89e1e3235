using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Http;

/// <summary>Serves the OpenAPI document of this API. It needs no key, as the document is public and the same for every
/// installation.</summary>
public sealed class OpenApiFunctions(Gate gate)
{
    // The tests generate it from the code, and one of them fails when it differs.
    private static readonly Lazy<byte[]> Document = new(Read);

    /// <summary>Returns this document.</summary>
    [Function("GetOpenApi")]
    [Operation(Role.None)]
    [Answer(200, typeof(JsonObject))]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/openapi.json")] HttpRequest request) =>
        gate.OpenAsync(request, _ => Task.FromResult(Results.Bytes(Document.Value, "application/json")));

    private static byte[] Read()
    {
        using var stream = typeof(OpenApiFunctions).Assembly.GetManifestResourceStream("openapi.json")!;
        var document = new byte[stream.Length];
        stream.ReadExactly(document);
        return document;
    }
}
