using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using SkyPanel.Functions.Admin;

namespace SkyPanel.Functions.OpenApi;

/// <summary>JSON Schemas of the types that go in and out, as the serializer writes and reads them; each type of ours once, by its name.</summary>
internal sealed class Schemas(DocComments comments)
{
    private const string MoneyPattern = @"^-?\d+(\.\d+)?$";

    private readonly SortedDictionary<string, (Type Type, JsonNode? Schema)> _known = new(StringComparer.Ordinal);

    /// <summary>Those that were asked for, and those that they name.</summary>
    public JsonObject All => new(_known.Select(known => KeyValuePair.Create(known.Key, known.Value.Schema)));

    /// <summary>What an answer looks like: it has all its properties, and may have more one day.</summary>
    public JsonNode OfAnswer(Type type) => Refer(type, isAnswer: true);

    /// <summary>What is taken as a body: nothing but its properties.</summary>
    public JsonNode OfBody(Type type) => Refer(type, isAnswer: false);

    private JsonNode Refer(Type type, bool isAnswer)
    {
        if (!IsOurs(type))
            return Export(type, isAnswer);
        if (!_known.TryGetValue(type.Name, out var known))
        {
            _known[type.Name] = (type, null);
            _known[type.Name] = (type, Export(type, isAnswer));
        }
        else if (known.Type != type)
        {
            throw new InvalidOperationException($"{type} and {known.Type} have one name: in the API's document it must be a type's own.");
        }
        return new JsonObject { ["$ref"] = $"#/components/schemas/{type.Name}" };
    }

    private JsonNode Export(Type type, bool isAnswer) => AdminJson.Options.GetJsonSchemaAsNode(type, new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, node) => Describe(context, node, isAnswer),
    });

    private JsonObject Describe(JsonSchemaExporterContext context, JsonNode node, bool isAnswer)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var isNullable = context.PropertyInfo is { } its && (isAnswer ? its.IsGetNullable : its.IsSetNullable);
        var isRoot = context.Path.IsEmpty;
        var schema = node as JsonObject ?? [];
        if (type == typeof(decimal))
            schema = new() { ["type"] = isNullable ? new JsonArray("string", "null") : "string", ["format"] = "decimal", ["pattern"] = MoneyPattern };
        else if (type == typeof(int) || type == typeof(long))
            schema["format"] = type == typeof(int) ? "int32" : "int64";
        else if (IsOurs(type) && !isRoot)
            schema = isNullable ? new() { ["anyOf"] = new JsonArray(Refer(type, isAnswer), new JsonObject { ["type"] = "null" }) } : Refer(type, isAnswer).AsObject();
        else if (context.TypeInfo.Kind == JsonTypeInfoKind.Object)
            Complete(schema, isAnswer);
        else if (context.TypeInfo.Kind == JsonTypeInfoKind.Dictionary && context.PropertyInfo is { } values && HasNullableValues(values))
            schema["additionalProperties"]!["type"] = new JsonArray(schema["additionalProperties"]!["type"]!.DeepClone(), "null");
        schema.Remove("default");

        if ((isRoot ? comments.Of(type) : context.PropertyInfo is { } property ? comments.Of(property.DeclaringType, Clr(property)) : null) is { } text)
            schema["description"] = text;
        return schema;
    }

    private static void Complete(JsonObject schema, bool isAnswer)
    {
        if (!isAnswer)
            return;
        schema.Remove("additionalProperties");
        if (schema["properties"] is JsonObject properties)
            schema["required"] = new JsonArray([.. properties.Select(property => (JsonNode)property.Key)]);
    }

    private static bool IsOurs(Type type) => type.Assembly == typeof(Schemas).Assembly;

    // What the exporter doesn't look at: string? as a type argument.
    private static bool HasNullableValues(JsonPropertyInfo property) => property.AttributeProvider is PropertyInfo { } its
        && new NullabilityInfoContext().Create(its).GenericTypeArguments is [_, { ReadState: NullabilityState.Nullable }];

    private static string Clr(JsonPropertyInfo property) => ((MemberInfo)property.AttributeProvider!).Name;
}
