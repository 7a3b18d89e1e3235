using System.Text.Json;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>Generates the API's description in OpenAPI 3.1 from the code: the functions' attributes, the types that they take and answer,
/// and doc comments.</summary>
internal static class Document
{
    private const string About = """
        Hourly billing for hosting providers with SkyPANEL on VirtFusion: what ran, what it cost, what was collected, and who decided what.

        Money is a decimal number as text, in the panel's currency. Times are UTC in ISO 8601. Errors are `application/problem+json`, and
        programs may rely on their `type`. A role may do what those before it may: viewer, operator, admin. Each key may ask 300 times a
        second. What GET answers, HEAD answers without the body. An unknown query parameter is refused with 400, a method that a route
        doesn't have with 405.
        """;

    /// <summary>How the files of this folder are written.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Lazy<string> Made = new(Make);

    /// <summary>As <c>openapi.json</c> has it.</summary>
    public static string Text => Made.Value;

    private static string Make()
    {
        var comments = new DocComments();
        var schemas = new Schemas(comments);
        var examples = new Examples();
        var operations = Operation.All();
        var paths = new Paths(comments, schemas, examples).Of(operations);
        var document = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "SkyPanel.Functions", ["version"] = Version(), ["description"] = About },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/", ["description"] = "Where this document came from." }),
            ["tags"] = new JsonArray([.. operations.Select(operation => operation.Handler.DeclaringType!).Distinct()
                .OrderBy(Paths.Tag, StringComparer.Ordinal)
                .Select(type => new JsonObject { ["name"] = Paths.Tag(type), ["description"] = comments.Of(type) })]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["key"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = "x-api-key",
                        ["description"] = "A key of `/api/admin/keys`, or the bootstrap key." },
                    ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer",
                        ["description"] = "A key, or a token (JWT) of the authority that is configured." },
                    ["link"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer",
                        ["description"] = "The last part of the address of a customer's own page." },
                },
                ["parameters"] = Paths.Shared(),
                ["headers"] = ProblemResponses.Headers(),
                ["responses"] = ProblemResponses.Responses(examples),
                ["schemas"] = schemas.All,
            },
        };
        return document.ToJsonString(Indented) + "\n";
    }

    private static string Version() => typeof(SkyPanelServices).Assembly.GetName().Version!.ToString(3);
}
