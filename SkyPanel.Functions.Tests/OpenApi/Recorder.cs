using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SkyPanel.Functions.Tests.OpenApi;

/// <summary>Asks over HTTP and keeps what was asked and answered.</summary>
public sealed partial class Recorder(HttpClient http)
{
    public static readonly JsonObject Api = JsonNode.Parse(Document.Text)!.AsObject();

    private readonly List<Recorded> _recorded = [];

    public IReadOnlyList<Recorded> All => _recorded;

    public Task<JsonNode?> GetAsync(string name, string path) => AskAsync(name, "get", path);
    public Task<JsonNode?> PostAsync(string name, string path, object? body = null) => AskAsync(name, "post", path, body);

    /// <param name="body">Sent as JSON; content is sent as it is, and not kept.</param>
    /// <returns>The answer's JSON; null when it has none.</returns>
    public async Task<JsonNode?> AskAsync(string name, string method, string path, object? body = null, string? key = null,
        string header = "x-api-key")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), path) { Content = body is null ? null
            : body as HttpContent ?? JsonContent.Create(body) };
        if (key is not null)
            request.Headers.Add(header, key);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var mediaType = response.Content.Headers.ContentType?.MediaType ?? "";
        var answer = mediaType.EndsWith("json", StringComparison.Ordinal) ? JsonNode.Parse(text) : JsonValue.Create(text);
        _recorded.Add(new(OperationOf(method, path.Split('?')[0]), name, path, request.Content is JsonContent sent
            ? JsonNode.Parse(await sent.ReadAsStringAsync(TestContext.Current.CancellationToken)) : null,
            (int)response.StatusCode, mediaType, answer, response.Headers.ToDictionary(one => one.Key, one => string.Join(',', one.Value),
                StringComparer.OrdinalIgnoreCase)));
        return answer;
    }

    private static string OperationOf(string method, string path) => Api["paths"]!.AsObject()
        .Where(template => template.Value!.AsObject().ContainsKey(method) && Regex.IsMatch(path, PatternOf(template.Key)))
        .OrderBy(template => template.Key.Count(c => c == '{')).First().Value![method]!["operationId"]!.GetValue<string>();

    private static string PatternOf(string template) =>
        $"^{RouteValue().Replace(Regex.Escape(template).Replace("}", "\\}", StringComparison.Ordinal), "[^/]+")}$";

    [GeneratedRegex(@"\\\{\w+\\\}")]
    private static partial Regex RouteValue();
}
