using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>JSON Schemas of the types that go in and out, as the serializer writes and reads them; each type of ours once, by its
/// name.</summary>
internal sealed class Schemas(DocComments comments)
{
    private const string DecimalPattern = @"^-?\d+(\.\d+)?$";
    private const string MoneyPattern = @"^-?\d+\.\d{6}$";

    private static readonly Type[] Types = typeof(SkyPanelServices).Assembly.GetExportedTypes();

    private readonly SortedDictionary<string, (Type Type, JsonNode? Schema)> _known = new(StringComparer.Ordinal);

    /// <summary>Those that were asked for, and those that they name.</summary>
    public JsonObject All => new(_known.Select(known => KeyValuePair.Create(known.Key, known.Value.Schema)));

    /// <summary>What an answer looks like: it has all its properties, and may have more one day.</summary>
    public JsonNode OfAnswer(Type type) => Refer(type, isAnswer: true);

    /// <summary>What is taken as a body: nothing but its properties.</summary>
    public JsonNode OfBody(Type type) => Refer(type, isAnswer: false);

    /// <summary>Whether a body must be there.</summary>
    public static bool HasRequired(Type body) => body.GetProperties().Any(Limits.IsRequired);

    /// <summary>The parameters that a type of the query's stands for.</summary>
    public IEnumerable<JsonObject> OfQuery(Type type)
    {
        var usual = JsonSerializer.SerializeToNode(Activator.CreateInstance(type), type, ApiJson.Options)!;
        foreach (var (name, schema) in Export(type, isAnswer: true)["properties"]!.DeepClone().AsObject())
        {
            var limits = schema!.DeepClone().AsObject();
            var about = limits["description"]!.GetValue<string>();
            limits.Remove("description");
            // There is no null in a query.
            if (limits["type"] is JsonArray types)
                limits["type"] = types[0]!.DeepClone();
            if (limits["enum"] is JsonArray choice && choice.Remove(null))
                limits["enum"] = choice.DeepClone();
            if (usual[name] is { } value)
                limits["default"] = value.DeepClone();
            yield return new() { ["name"] = name, ["in"] = "query", ["description"] = about, ["schema"] = limits };
        }
    }

    private JsonNode Refer(Type type, bool isAnswer)
    {
        if (!IsOurs(type) || type.IsArray)
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

    private JsonNode Export(Type type, bool isAnswer) => ApiJson.Options.GetJsonSchemaAsNode(type, new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, node) => Describe(context, node, isAnswer),
    });

    private JsonObject Describe(JsonSchemaExporterContext context, JsonNode node, bool isAnswer)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        // A feature's own type, which the declaring folder doesn't know: the property has its name.
        if (type == typeof(object) && context.PropertyInfo is { } told && Array.Find(Types, one => one.Name == Clr(told)) is { } named)
            type = named;
        var isNullable = context.PropertyInfo is { } its && (isAnswer ? its.IsGetNullable : its.IsSetNullable);
        var isRoot = context.Path.IsEmpty;
        var schema = node as JsonObject ?? [];
        if (type == typeof(decimal) && context.PropertyInfo?.AttributeProvider?.IsDefined(typeof(JsonConverterAttribute), false) == true)
            schema = new() { ["type"] = new JsonArray("number", "string", "null"), ["format"] = "decimal", ["pattern"] = DecimalPattern };
        else if (type == typeof(decimal))
            schema = new() { ["type"] = isNullable ? new JsonArray("string", "null") : "string", ["format"] = "decimal",
                ["pattern"] = isAnswer && context.PropertyInfo is { } amount && ApiJson.IsMoney(amount) ? MoneyPattern : DecimalPattern };
        else if (type == typeof(int) || type == typeof(long))
            schema["format"] = type == typeof(int) ? "int32" : "int64";
        else if (type.IsEnum)
            schema = OfEnum(type, isNullable);
        else if (IsOurs(type) && !isRoot)
            schema = isNullable ? new() { ["anyOf"] = new JsonArray(Refer(type, isAnswer), new JsonObject { ["type"] = "null" }) }
                : Refer(type, isAnswer).AsObject();
        else if (context.TypeInfo.Kind == JsonTypeInfoKind.Object)
            Complete(schema, context.TypeInfo, isAnswer);
        else if (context.TypeInfo.Kind == JsonTypeInfoKind.Dictionary && context.PropertyInfo is { } values && HasNullableValues(values))
            schema["additionalProperties"]!["type"] = new JsonArray(schema["additionalProperties"]!["type"]!.DeepClone(), "null");
        // What can't be set may be null to the exporter.
        if (!isNullable && context.PropertyInfo is not null && schema["type"] is JsonArray types)
            schema["type"] = types[0]!.DeepClone();
        schema.Remove("default");
        if (context.PropertyInfo?.AttributeProvider is { } attributes)
            Limits.Add(schema, attributes);

        if ((isRoot ? comments.Of(type) : context.PropertyInfo is { } property ? comments.Of(property.DeclaringType, Clr(property)) : null)
            is { } text)
            schema["description"] = text;
        return schema;
    }

    private static void Complete(JsonObject schema, JsonTypeInfo type, bool isAnswer)
    {
        if (isAnswer)
            schema.Remove("additionalProperties");
        var required = type.Properties
            .Where(property => isAnswer ? property.Get is not null : Limits.IsRequired(property.AttributeProvider!))
            .Select(property => (JsonNode)property.Name).ToArray();
        if (required.Length > 0)
            schema["required"] = new JsonArray(required);
    }

    private static JsonObject OfEnum(Type type, bool isNullable)
    {
        var texts = Enum.GetValues(type).Cast<object>()
            .Select(value => (JsonNode?)JsonSerializer.SerializeToNode(value, type, ApiJson.Options));
        return new() { ["type"] = isNullable ? new JsonArray("string", "null") : "string",
            ["enum"] = new JsonArray([.. texts, .. isNullable ? [null] : Array.Empty<JsonNode?>()]) };
    }

    private static bool IsOurs(Type type) => type.Assembly == typeof(SkyPanelServices).Assembly;

    // What the exporter doesn't look at: string? as a type argument.
    private static bool HasNullableValues(JsonPropertyInfo property) => property.AttributeProvider is PropertyInfo { } its
        && new NullabilityInfoContext().Create(its).GenericTypeArguments is [_, { ReadState: NullabilityState.Nullable }];

    private static string Clr(JsonPropertyInfo property) => ((MemberInfo)property.AttributeProvider!).Name;
}
