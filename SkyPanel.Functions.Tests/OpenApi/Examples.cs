using System.Text.Json;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>What was really asked and answered once, recorded by a test into <c>examples.json</c>.</summary>
internal sealed class Examples
{
    private const string Resource = "SkyPanel.Functions.Tests.OpenApi.examples.json";

    private readonly Example[] _all;

    public Examples()
    {
        using var stream = typeof(Examples).Assembly.GetManifestResourceStream(Resource)!;
        _all = JsonSerializer.Deserialize<Example[]>(stream, JsonSerializerOptions.Web)!;
    }

    /// <summary>A path that was asked for; null for a route that isn't among them.</summary>
    public string? Path(string operation) => Of(operation).FirstOrDefault()?.Path.Split('?')[0];

    /// <summary>Null when there are none.</summary>
    public JsonObject? OfBody(string operation) => Named(Of(operation).Where(example => example.Request is not null),
        example => example.Request);

    /// <summary>Null when there are none.</summary>
    public JsonObject? OfAnswer(string operation, int status, string mediaType) =>
        Named(Of(operation).Where(example => example.Status == status && example.MediaType == mediaType), example => example.Answer);

    /// <summary>Null for one that can't be brought about.</summary>
    public JsonNode? OfProblem(int status) => _all.FirstOrDefault(example => example.Status == status)?.Answer?.DeepClone();

    private IEnumerable<Example> Of(string operation) => _all.Where(example => example.Operation == operation && example.Status < 400);

    private static JsonObject? Named(IEnumerable<Example> examples, Func<Example, JsonNode?> value)
    {
        var named = new JsonObject(examples.DistinctBy(example => example.Name).Select(example =>
            KeyValuePair.Create<string, JsonNode?>(example.Name.Replace(' ', '-'),
                new JsonObject { ["value"] = value(example)?.DeepClone() })));
        return named.Count > 0 ? named : null;
    }

    private sealed record Example(string Operation, string Name, string Path, JsonNode? Request, int Status, string MediaType,
        JsonNode? Answer);
}
