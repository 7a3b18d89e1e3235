using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>The schemas of the document, stricter: an answer has no property that they don't name.</summary>
public sealed class AnswerSchemas(JsonObject api)
{
    private static readonly EvaluationOptions Strictly = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private readonly JsonObject _all = Strict(api["components"]!["schemas"]!).AsObject();

    /// <returns>What is otherwise, each with its place; empty when nothing is.</returns>
    public IReadOnlyList<string> Problems(JsonNode schema, JsonNode? value)
    {
        var whole = Strict(schema).AsObject();
        whole["$defs"] = _all.DeepClone();
        var results = JsonSchema.FromText(whole.ToJsonString()).Evaluate(JsonSerializer.SerializeToElement(value), Strictly);
        return results.IsValid ? [] : [.. (results.Details ?? []).Where(detail => detail.Errors is not null)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}"))];
    }

    private static JsonNode Strict(JsonNode schema)
    {
        var strict = schema.DeepClone();
        Visit(strict);
        return strict;
    }

    private static void Visit(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            foreach (var element in list)
                Visit(element);
        }
        if (node is not JsonObject schema)
            return;
        foreach (var (_, value) in schema)
            Visit(value);
        if (schema["$ref"] is JsonValue reference)
            schema["$ref"] = reference.GetValue<string>().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
        if (schema["properties"] is JsonObject && schema["required"] is JsonArray)
            schema["additionalProperties"] ??= false;
    }
}
