using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SkyPanel.Functions.Tests.Outside;
using SkyPanel.Demo.Postgres;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>The examples of the document are answers of the app: kept in a file, compared by their shape with those of today.</summary>
[Collection(nameof(Recording))]
public sealed partial class ExamplesTests(Recording recording) 
{
    private const string WriteVariable = "SKYPANEL_WRITE_EXAMPLES", Shown = "…";

    private static readonly string File = Path.Combine(RepositoryRoot.Find()!, "SkyPanel.Functions.Tests", "OpenApi", "examples.json");

    [Fact]
    public void Each_example_looks_as_what_is_answered_today()
    {
        var today = new JsonArray([.. recording.All.Where(IsShown).Select(Example)]);
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
            System.IO.File.WriteAllText(File, today.ToJsonString(Document.Indented) + "\n");
        Assert.Empty(AnswerShape.Differences(JsonNode.Parse(System.IO.File.ReadAllText(File)), today)
            .Select(difference => $"{difference}. {WriteVariable}=1 dotnet test SkyPanel.Functions.Tests --filter ExamplesTests writes " +
                $"them anew, then openapi.json is made anew."));
    }

    [Fact]
    public void No_example_tells_a_secret_or_a_machine()
    {
        var text = System.IO.File.ReadAllText(File);
        Assert.All([AppProcess.AdminKey, "/tmp", "/home", "/root", "/work"],
            told => Assert.DoesNotContain(told, text, StringComparison.OrdinalIgnoreCase));
        // As a word: a short name is within any signature.
        Assert.DoesNotMatch($@"(?i)(?<![\w+/=]){Regex.Escape(Environment.MachineName)}(?![\w+/=])", text);
        Assert.DoesNotMatch(Key(), text);
        Assert.DoesNotMatch(Link(), text);
    }

    // What succeeded and has a body, and of each kind of refusal one.
    private bool IsShown(Recorded recorded) => recorded.Operation != "GetOpenApi" && recorded.MediaType.Length > 0 && (recorded.Status < 400
        ? recording.All.First(other => (other.Operation, other.Name, other.Status, other.MediaType) == (recorded.Operation, recorded.Name,
            recorded.Status, recorded.MediaType)) == recorded
        : recording.All.First(other => other.Status == recorded.Status) == recorded);

    private JsonObject Example(Recorded recorded) => new()
    {
        ["operation"] = recorded.Operation,
        ["name"] = recorded.Name,
        ["path"] = recorded.Path,
        ["request"] = recorded.Request?.DeepClone(),
        ["status"] = recorded.Status,
        ["mediaType"] = recorded.MediaType,
        ["answer"] = Plain(recorded.Answer, ""),
    };

    // Keys are cut off, and of the machine that it was recorded on nothing is told.
    private JsonNode? Plain(JsonNode? node, string name) => node switch
    {
        JsonObject many => new JsonObject(many.Select(pair => KeyValuePair.Create(Plain(pair.Key), Plain(pair.Value, pair.Key)))),
        JsonArray list => new JsonArray([.. list.Select(element => Plain(element, name))]),
        JsonValue when name == "host" => "billing-1",
        JsonValue when name == "processId" => 4242,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Plain(value.GetValue<string>()),
        _ => node?.DeepClone(),
    };

    private string Plain(string text) =>
        Address().Replace(Link().Replace(Key()
        .Replace(text.Replace(recording.SchedulesFile, "local.schedules.json", StringComparison.Ordinal)
        .Replace(Path.GetTempPath(), "/", StringComparison.Ordinal), $"$1{Shown}"), $"$1{Shown}"), "127.0.0.1:7072");

    [GeneratedRegex("(skyfn_[a-z2-7]{8}_)[A-Za-z0-9_-]{40,}")]
    private static partial Regex Key();

    [GeneratedRegex("(/pay/)[A-Za-z0-9_-]{40,}")]
    private static partial Regex Link();

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
