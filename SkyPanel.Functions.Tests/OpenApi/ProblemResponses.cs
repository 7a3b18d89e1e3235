using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>What is answered instead, as <see cref="Problem"/> makes it.</summary>
internal static class ProblemResponses
{
    private static readonly Dictionary<int, (string Name, ProblemHttpResult Answer)> Known = new (string Name, IResult Answer)[]
    {
        ("BadInput", Problem.BadInput("", "")), ("Unauthorized", Problem.Unauthorized()), ("Forbidden", Problem.Forbidden(Role.Admin)),
        ("NotFound", Problem.NotFound("")),
        ("TooSlow", Problem.TooSlow()), ("Conflict", Problem.Conflict("")), ("TooLarge", Problem.TooLarge()),
            ("TooMany", Problem.TooMany()), ("Failed", Problem.Failed()), ("Unavailable", Problem.Unavailable()),
    }.ToDictionary(known => ((ProblemHttpResult)known.Answer).StatusCode, known => (known.Name, (ProblemHttpResult)known.Answer));

    private static readonly string[] Headed = ["x-request-id"], HeadedToWait = ["x-request-id", "Retry-After"];

    /// <summary>Under which it is in the document's components.</summary>
    public static string Name(int status) => Known[status].Name;

    public static JsonObject Responses(Examples examples) =>
        new(Known.OrderBy(known => known.Key).Select(known => KeyValuePair.Create<string, JsonNode?>(known.Value.Name, new JsonObject
    {
        ["description"] = known.Value.Answer.ProblemDetails.Title,
        ["headers"] = new JsonObject((known.Key == 429 ? HeadedToWait : Headed)
            .Select(header => KeyValuePair.Create<string, JsonNode?>(header,
            new JsonObject { ["$ref"] = $"#/components/headers/{header}" }))),
        ["content"] = new JsonObject { ["application/problem+json"] = Content(known.Key, known.Value.Answer, examples) },
    })));

    public static JsonObject Headers() => new()
    {
        ["x-request-id"] = new JsonObject { ["description"] = "Names the request in the log and the audit.",
            ["schema"] = new JsonObject { ["type"] = "string" } },
        ["Retry-After"] = new JsonObject { ["description"] = "Seconds to wait.",
            ["schema"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1 } },
    };

    private static JsonObject Content(int status, ProblemHttpResult answer, Examples examples)
    {
        var content = new JsonObject { ["schema"] = Schema(answer, isOfField: status == 400) };
        if (examples.OfProblem(status) is { } example)
            content["example"] = example;
        return content;
    }

    private static JsonObject Schema(ProblemHttpResult answer, bool isOfField)
    {
        var properties = new JsonObject
        {
            ["type"] = new JsonObject { ["const"] = answer.ProblemDetails.Type },
            ["title"] = new JsonObject { ["type"] = "string" },
            ["status"] = new JsonObject { ["const"] = answer.StatusCode },
            ["detail"] = new JsonObject { ["type"] = "string", ["description"] = "What is wrong, and what is allowed." },
        };
        if (isOfField)
            properties["field"] = new JsonObject { ["type"] = "string",
                ["description"] = "The JSON member, query parameter or header; `body` for the whole." };
        return new() { ["type"] = "object", ["properties"] = properties,
            ["required"] = new JsonArray([.. properties.Select(property => (JsonNode)property.Key)]) };
    }
}
