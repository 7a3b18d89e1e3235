using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Nodes;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>What the document says of parameters and bodies is what the app refuses beyond, and takes within.</summary>
public sealed class LimitsTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private static readonly JsonObject Api = JsonNode.Parse(Document.Text)!.AsObject();

    // Of what is there, or of what isn't and is looked for last.
    private static readonly Dictionary<string, string> RouteValues = new()
    {
        ["job"] = "hourly-billing", ["userId"] = "1", ["serverId"] = "1", ["runId"] = "999999", ["id"] = "999999", ["act"] = "approve",
            ["hour"] = "2026-03-01T12:00:00Z", ["month"] = "2026-03", ["name"] = "paypal_client_id", ["key"] = "runway",
    };

    // A customer's link beside the admin's key: each route reads its own.
    private async Task<AppProcess> StartAsync()
    {
        var app = await panel.SharedAppAsync(("Public__BaseUrl", "https://billing.example"));
        await panel.Panel.AddUserAsync(1);
        var (_, made) = await app.PostAsync("/api/admin/customers/1/links", new { reason = "for the test" });
        app.Http.DefaultRequestHeaders.Authorization = new("Bearer", made["address"]!.GetValue<string>().Split('/')[^1]);
        return app;
    }

    [Fact]
    public async Task A_query_parameter_is_taken_up_to_its_limits_and_refused_beyond_them()
    {
        var app = await StartAsync();
        var tried = 0;
        foreach (var (method, path, operation) in Operations())
        {
            var parameters = operation["parameters"]?.AsArray().Where(parameter => parameter!["in"]?.GetValue<string>() == "query")
                .ToArray() ?? [];
            foreach (var parameter in parameters)
            {
                var (name, schema) = (parameter!["name"]!.GetValue<string>(), parameter["schema"]!.AsObject());
                foreach (var bad in Beyond(schema))
                    Assert.Equal((path, name, bad, name),
                        (path, name, bad, await RefusedAsync(app, method, $"{path}?{name}={Uri.EscapeDataString($"{bad}")}", null)));
                // Days and months come on one page.
                var beside = path.EndsWith("/summary", StringComparison.Ordinal) && name == "cursor" ? "groupBy=server&" : "";
                foreach (var good in Within(schema))
                    Assert.Equal((path, name, good, null),
                        (path, name, good, await RefusedAsync(app, method, $"{path}?{beside}{name}={Uri.EscapeDataString($"{good}")}",
                        null)));
                tried++;
            }
            if (parameters.Length > 0)
                Assert.Equal("other", await RefusedAsync(app, method, $"{path}?other=1", null));
        }
        Assert.InRange(tried, 20, 200);
    }

    [Fact]
    public async Task A_body_is_refused_for_the_member_that_the_document_says_is_wrong()
    {
        var app = await StartAsync();
        var tried = 0;
        foreach (var (method, path, operation) in Operations())
        {
            if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is not { } reference)
                continue;
            var schema = Api["components"]!["schemas"]![reference["$ref"]!.GetValue<string>().Split('/')[^1]]!.AsObject();
            var (properties, required) = (schema["properties"]!.AsObject(), schema["required"]?.AsArray()
                .Select(name => name!.GetValue<string>()).ToArray() ?? []);
            JsonObject With(string name, JsonNode? value)
            {
                var body = new JsonObject(required.Select(other => KeyValuePair.Create<string, JsonNode?>(other,
                    Within(properties[other]!.AsObject()).Append("a").First().DeepClone())));
                body[name] = value;
                return body;
            }

            Assert.Equal((path, required.Length > 0), (path, operation["requestBody"]!["required"]!.GetValue<bool>()));
            Assert.Equal((path, "other"), (path, await RefusedAsync(app, method, path, With("other", 1))));
            foreach (var (name, property) in properties)
            {
                foreach (var bad in Beyond(property!.AsObject()).Append(IsObject(property) ? "{}" : new JsonObject()))
                    Assert.Equal((path, name, bad.ToJsonString(), name),
                        (path, name, bad.ToJsonString(), await RefusedAsync(app, method, path, With(name, bad.DeepClone()))));
                if (!required.Contains(name))
                    continue;
                foreach (var blank in new JsonNode?[] { null, "", "  " })
                    Assert.Equal((path, name, $"{blank}", name),
                        (path, name, $"{blank}", await RefusedAsync(app, method, path, With(name, blank))));
                tried++;
            }
        }
        Assert.InRange(tried, 10, 100);
    }

    [Fact]
    public void Every_type_of_a_body_or_a_query_is_told_by_a_route()
    {
        var types = typeof(Gate).Assembly.GetTypes();
        var told = types.SelectMany(type => type.GetMethods()).Select(method => method.GetCustomAttribute<OperationAttribute>())
            .SelectMany(says => new[] { says?.Body, says?.Query });
        var read = types.Where(type => type is { IsAbstract: false }
            && (type.Name.EndsWith("Body", StringComparison.Ordinal) || type.Name.EndsWith("Query", StringComparison.Ordinal)));
        // A body may have others as its members.
        var whole = told.OfType<Type>().SelectMany(type => type.GetProperties().Select(property => property.PropertyType)
            .Where(read.Contains).Append(type));
        Assert.Equal(read.Select(type => type.Name).Order(), whole.Select(type => type.Name).Distinct().Order());
    }

    private static bool IsObject(JsonNode schema) => schema.ToJsonString().Contains("$ref", StringComparison.Ordinal);

    private static IEnumerable<(string Method, string Path, JsonObject Operation)> Operations() =>
        from path in Api["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (operation.Key.ToUpperInvariant(), RouteValues.Aggregate(path.Key, (filled, value) =>
            filled.Replace($"{{{value.Key}}}", value.Value, StringComparison.Ordinal)), operation.Value!.AsObject());

    private static IEnumerable<JsonNode> Beyond(JsonObject schema)
    {
        if (schema["minimum"] is { } least)
            yield return least.GetValue<long>() - 1;
        if (schema["maximum"] is { } most)
            yield return most.GetValue<long>() + 1;
        if (schema["maxLength"] is { } longest)
            yield return new string('a', longest.GetValue<int>() + 1);
        if (schema["minLength"] is { } shortest)
            yield return new string('a', shortest.GetValue<int>() - 1);
        if (schema["enum"] is not null || schema["format"]?.GetValue<string>() == "date-time"
            || schema["pattern"]?.GetValue<string>() is { } form && form.StartsWith('^') && schema["format"] is null)
            yield return "no-such-thing";
    }

    private static IEnumerable<JsonNode> Within(JsonObject schema)
    {
        if (schema["minimum"] is { } least)
            yield return least.GetValue<long>();
        if (schema["maximum"] is { } most)
            yield return most.GetValue<long>();
        if (schema["maxLength"] is { } longest)
            yield return new string('a', longest.GetValue<int>());
        foreach (var choice in schema["enum"]?.AsArray() ?? [])
            yield return choice!;
        if (schema["format"]?.GetValue<string>() == "decimal")
            yield return "10.00";
        if (schema["format"]?.GetValue<string>() == "date-time")
            // Some take whole days only.
            yield return TimeProvider.System.GetUtcNow().UtcDateTime.Date.ToString("yyyy-MM-dd'T00:00:00Z'", CultureInfo.InvariantCulture);
    }

    /// <returns>The member that it was refused for; null when it wasn't.</returns>
    private static async Task<string?> RefusedAsync(AppProcess app, string method, string path, JsonObject? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null
            : JsonContent.Create(body) };
        using var response = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        if (response.StatusCode != HttpStatusCode.BadRequest)
            return null;
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(
            TestContext.Current.CancellationToken))!["field"]!.GetValue<string>();
    }
}
