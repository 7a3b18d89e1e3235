using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using SkyPanel.Functions.Http;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>What the app really answers, held against the document.</summary>
[Collection(nameof(Recording))]
public sealed class AnswersTests(Recording recording)
{
    // A run that takes longer than 100 seconds (LongRunTests), and a supplement beyond a bound (CorrectionTests, RepairTests).
    private static readonly string[] ProvokedElsewhere = ["CorrectCharges 202", "RepairAccount 202", "TriggerHourlyBilling 202",
        "TriggerJob 202"];

    private static readonly Dictionary<string, JsonNode> Operations = Recorder.Api["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject())
        .ToDictionary(operation => operation.Value!["operationId"]!.GetValue<string>(), operation => operation.Value!);

    private readonly AnswerSchemas _schemas = new(Recorder.Api);

    [Fact]
    public void Every_answer_is_as_the_document_says()
    {
        Assert.InRange(recording.All.Count, 80, 300);
        Assert.All(recording.All, answer =>
        {
            var told = Response(answer.Operation, answer.Status);
            Assert.NotNull(told);
            Assert.Equal(told["content"] is null, answer.MediaType.Length == 0);
            if (told["content"] is { } content)
                Assert.Empty(_schemas.Problems(content[answer.MediaType]!["schema"]!, answer.Answer));
            Assert.All(told["headers"]!.AsObject(), header => Assert.Contains(header.Key, answer.Headers.Keys,
                StringComparer.OrdinalIgnoreCase));
            // A refused request may be refused for not being as the document says.
            if (answer.Request is not null && answer.Status < 400)
                Assert.Empty(_schemas.Problems(Operations[answer.Operation]["requestBody"]!["content"]!["application/json"]!["schema"]!,
                    answer.Request));
        });
    }

    [Fact]
    public void Every_route_gave_each_answer_and_each_refusal_of_its_own()
    {
        var given = recording.All.Select(answer => $"{answer.Operation} {answer.Status}").ToHashSet();
        var told = from type in typeof(OperationAttribute).Assembly.GetTypes()
                   from function in type.GetMethods()
                   where function.IsDefined(typeof(OperationAttribute))
                   from status in function.GetCustomAttributes<AnswerAttribute>().Select(answer => answer.Status).Distinct()
                       .Concat(function.GetCustomAttribute<OperationAttribute>()!.Refuses)
                   select $"{function.GetCustomAttribute<FunctionAttribute>()!.Name} {status}";
        Assert.Equal(ProvokedElsewhere, told.Where(answer => !given.Contains(answer)).Order());
        Assert.Equal([400, 401, 403, 404, 409, 413, 429, 503], recording.All.Select(answer => answer.Status).Where(status => status >= 400)
            .Distinct().Order());
    }

    [Fact]
    public void An_answer_that_lies_is_noticed()
    {
        var account = recording.All.First(answer => answer is { Operation: "GetAccount", Status: 200 });
        var schema = Response("GetAccount", 200)!["content"]!["application/json"]!["schema"]!;
        foreach (var change in new Action<JsonObject>[] { body => body.Remove("owed"), body => body["other"] = 1,
            body => body["owed"] = 1.5, body => body["userId"] = null, body => body["openDebit"] = new JsonObject() })
        {
            var lie = account.Answer!.DeepClone().AsObject();
            change(lie);
            Assert.NotEmpty(_schemas.Problems(schema, lie));
        }
    }

    private static JsonNode? Response(string operation, int status) => Operations[operation]["responses"]![$"{status}"] switch
    {
        { } common when common["$ref"] is { } reference =>
            Recorder.Api["components"]!["responses"]![reference.GetValue<string>().Split('/')[^1]],
        var own => own,
    };
}
