using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Scheduling;

/// <summary>Stores schedules in Azure App Configuration over its REST API, under the keys that the Function App's settings refer to, such
/// as <c>Cron:HourlyBilling:Schedule</c>, without a label. A conditional write detects concurrent changes.</summary>
internal sealed class AppConfigurationStore(HttpClient http) : IScheduleStore
{
    private const string KeyValue = "application/vnd.microsoft.appconfig.kv+json";

    public string Name { get; } = $"App Configuration {http.BaseAddress!.Authority}";

    public string Kind => "app-configuration";

    /// <exception cref="HttpRequestException">The store refused or can't be reached. The message says what to do.</exception>
    public async Task<string?> ReadAsync(string setting, CancellationToken ct)
    {
        using var read = await http.GetAsync(PathOf(setting), ct);
        if (read.StatusCode == HttpStatusCode.NotFound)
            return null;
        Check(read, setting);
        return (string?)(await read.Content.ReadFromJsonAsync<JsonObject>(ct))?["value"];
    }

    /// <exception cref="HttpRequestException">The store refused or can't be reached. The message says what to do.</exception>
    public async Task<bool> WriteAsync(string setting, string schedule, CancellationToken ct)
    {
        var path = PathOf(setting);
        using var read = await http.GetAsync(path, ct);
        var isThere = read.StatusCode != HttpStatusCode.NotFound;
        if (isThere)
            Check(read, setting);
        // Keeps the other properties of the key.
        var current = isThere ? await read.Content.ReadFromJsonAsync<JsonObject>(ct) ?? [] : [];
        if (isThere && (string?)current["value"] == schedule)
            return false;

        var written = new JsonObject { ["value"] = schedule, ["content_type"] = current["content_type"]?.DeepClone() ?? "text/plain",
            ["tags"] = current["tags"]?.DeepClone() ?? new JsonObject() };
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(written,
            new MediaTypeHeaderValue(KeyValue)) };
        if (isThere)
            request.Headers.IfMatch.Add(read.Headers.ETag ?? EntityTagHeaderValue.Any);
        else
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        using var answer = await http.SendAsync(request, ct);
        Check(answer, setting);
        return true;
    }

    private static string PathOf(string setting) => $"kv/{Uri.EscapeDataString(setting)}?api-version=2023-11-01";

    private static void Check(HttpResponseMessage answer, string setting)
    {
        if (answer.IsSuccessStatusCode)
            return;
        var reason = answer.StatusCode switch
        {
            HttpStatusCode.PreconditionFailed => "somebody else has just changed it",
            HttpStatusCode.Conflict => "the key is locked: unlock it in App Configuration",
            HttpStatusCode.Unauthorized => "AppConfiguration:ConnectionString or the identity is refused",
            HttpStatusCode.Forbidden => "the role App Configuration Data Owner is missing",
            HttpStatusCode.TooManyRequests => "too many requests",
            _ => "it failed",
        };
        throw new HttpRequestException($"{setting}: {(int)answer.StatusCode}, {reason}", null, answer.StatusCode);
    }
}
