using System.Globalization;
using System.Text.Json.Nodes;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>The part of the document that says what can be asked.</summary>
internal sealed class Paths(DocComments comments, Schemas schemas, Examples examples)
{
    private static readonly string[] Schemes = ["key", "bearer"];
    private static readonly int[] OfEveryOpenRoute = [400, 429, 500, 503], OfEveryRoute = [.. OfEveryOpenRoute, 401, 403],
        OfEveryBody = [408, 413], OfEveryLink = [401], OfEveryRepeat = [409];

    public JsonObject Of(IEnumerable<Operation> operations) => new(operations.GroupBy(operation => operation.Path).Select(path =>
        KeyValuePair.Create<string, JsonNode?>(path.Key,
            new JsonObject(path.Select(operation => KeyValuePair.Create<string, JsonNode?>(operation.Method, Of(operation)))))));

    /// <summary>Parameters of more than one route.</summary>
    public static JsonObject Shared() => new()
    {
        ["Idempotency-Key"] = new JsonObject
        {
            ["name"] = "Idempotency-Key",
            ["in"] = "header",
            ["description"] = "The caller's own word for this request: repeated with it, it does nothing and gets the first answer. A " +
                "refusal isn't kept.",
            ["schema"] = new JsonObject { ["type"] = "string", ["maxLength"] = Idempotency.MaxKeyLength },
        },
    };

    /// <summary>Names the group of a class's functions: <c>Run</c> for RunFunctions.</summary>
    public static string Tag(Type functions) => functions.Name.Replace("Functions", "", StringComparison.Ordinal)
        .Replace("Function", "", StringComparison.Ordinal);

    private JsonObject Of(Operation operation)
    {
        var described = new JsonObject
        {
            ["operationId"] = operation.Name,
            ["tags"] = new JsonArray(Tag(operation.Handler.DeclaringType!)),
            ["summary"] = comments.Of(operation.Handler)
                ?? throw new InvalidOperationException($"The function {operation.Name} has no summary."),
        };
        if (comments.Remarks(operation.Handler) is { } remarks)
            described["description"] = remarks;
        described["security"] = new JsonArray([
            .. operation.Says.Role == Role.None ? []
                : Schemes.Select(scheme => new JsonObject { [scheme] = new JsonArray([.. RolesOf(operation.Says)]) }),
            .. operation.Says.IsByLink ? [new JsonObject { ["link"] = new JsonArray() }] : Array.Empty<JsonNode>()]);
        if (Parameters(operation) is { Count: > 0 } parameters)
            described["parameters"] = parameters;
        if (operation.Says.Body is { } body)
            described["requestBody"] = new JsonObject { ["required"] = Schemas.HasRequired(body),
                ["content"] = new JsonObject { ["application/json"] = Content(schemas.OfBody(body), examples.OfBody(operation.Name)) } };
        described["responses"] = Responses(operation);
        return described;
    }

    private static IEnumerable<JsonNode> RolesOf(OperationAttribute says)
    {
        yield return says.Role.Name();
        if (says.IsForPanel)
            yield return Role.Panel.Name();
    }

    private JsonArray Parameters(Operation operation)
    {
        var parameters = new JsonArray();
        foreach (var (name, constraint) in operation.RouteValues)
        {
            parameters.Add((JsonNode)new JsonObject
            {
                ["name"] = name,
                ["in"] = "path",
                ["required"] = true,
                ["description"] = comments.Of(operation.Handler, name)
                    ?? throw new InvalidOperationException($"The function {operation.Name} doesn't say what {name} is."),
                ["schema"] = constraint switch
                {
                    "int" => new JsonObject { ["type"] = "integer", ["format"] = "int32" },
                    "long" => new JsonObject { ["type"] = "integer", ["format"] = "int64" },
                    _ => new JsonObject { ["type"] = "string" },
                },
            });
        }
        if (operation.Says.Query is { } query)
        {
            foreach (var parameter in schemas.OfQuery(query))
                parameters.Add((JsonNode)parameter);
        }
        if (operation.Says.IsRepeatable)
            parameters.Add((JsonNode)new JsonObject { ["$ref"] = "#/components/parameters/Idempotency-Key" });
        return parameters;
    }

    private JsonObject Responses(Operation operation)
    {
        var responses = new SortedDictionary<int, JsonNode?>();
        foreach (var answers in operation.Answers.GroupBy(answer => answer.Status))
        {
            var response = new JsonObject
            {
                ["description"] = answers.Key switch { 201 => "Made.", 202 => "Begun.", 204 => "There is none.", _ => "Done." },
                ["headers"] = new JsonObject { ["x-request-id"] = new JsonObject { ["$ref"] = "#/components/headers/x-request-id" } },
            };
            if (answers.All(answer => answer.Type != typeof(void)))
                response["content"] = new JsonObject(answers.GroupBy(answer => answer.MediaType).Select(media =>
                    KeyValuePair.Create<string, JsonNode?>(media.Key,
                        Content(OneOf([.. media.Select(answer => schemas.OfAnswer(answer.Type))]),
                        examples.OfAnswer(operation.Name, answers.Key, media.Key)))));
            responses[answers.Key] = response;
        }
        foreach (var status in operation.Says.Refuses.Concat(operation.Says.Body is null ? [] : OfEveryBody)
            .Concat(operation.Says.IsRepeatable ? OfEveryRepeat : [])
            .Concat(operation.Says.Role == Role.None ? OfEveryOpenRoute : OfEveryRoute).Concat(operation.Says.IsByLink ? OfEveryLink : []))
            responses[status] = new JsonObject { ["$ref"] = $"#/components/responses/{ProblemResponses.Name(status)}" };
        return new(responses.Select(response => KeyValuePair.Create(response.Key.ToString(CultureInfo.InvariantCulture), response.Value)));
    }

    private static JsonObject Content(JsonNode schema, JsonObject? examples)
    {
        var content = new JsonObject { ["schema"] = schema };
        if (examples is not null)
            content["examples"] = examples;
        return content;
    }

    private static JsonNode OneOf(JsonNode[] schemas) => schemas is [var one] ? one : new JsonObject { ["oneOf"] = new JsonArray(schemas) };
}
