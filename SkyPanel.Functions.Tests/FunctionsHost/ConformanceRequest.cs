using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;

namespace SkyPanel.Functions.Tests.FunctionsHost;

/// <summary>A request that both hosts must answer in the same way. None changes anything.</summary>
internal sealed partial record ConformanceRequest(string Name, string Method, string Target, string? Key = null, string? Body = null,
    string ContentType = "application/json")
{
    private const string NoBody = "[]"; // Passes the gate, but no route accepts it.

    /// <summary>Builds requests to every HTTP function, with each role and with input that the API refuses.</summary>
    /// <param name="keys">An API key for each role, by its name.</param>
    public static IEnumerable<ConformanceRequest> All(IReadOnlyDictionary<string, string> keys)
    {
        var admin = keys["admin"];
        foreach (var (name, method, route) in Routes())
        {
            var body = method is "GET" or "HEAD" ? null : NoBody;
            foreach (var (role, key) in keys)
                yield return new($"{name} as {role}", method, Filled(route, "1"), key, body);
            yield return new($"{name} as nobody", method, Filled(route, "1"), null, body);
            if (method != "HEAD") // Sixty wrong keys a minute are answered 401.
                yield return new($"{name} with a wrong key", method, Filled(route, "1"), "a-wrong-key-of-more-than-thirty-two-characters",
                    body);
            yield return new($"{name} with an unknown parameter", method, $"{Filled(route, "1")}?nothing=1", admin, body);
            yield return new($"{name} with a slash at its end", method, $"{Filled(route, "1")}/", admin, body);
            yield return new($"{name} by another method", "PATCH", Filled(route, "1"), admin, NoBody);
            if (route.Contains('{', StringComparison.Ordinal))
            {
                foreach (var value in new[] { "x", "-1", "0", "007", "99999999999999999999", "a%20b", "%F0%9F%98%80", "1%2F2" })
                    yield return new($"{name} with the value {value}", method, Filled(route, value), admin, body);
            }
            if (body is null)
                continue;
            // Without a parameter, an empty body may be a valid request.
            foreach (var bad in new[] { "{", "\"text\"", """{"nothing":1}""", """{"note":"a","note":"b"}""",
                $"{{\"note\":\"{new string('a', 70_000)}\"}}" })
                yield return new($"{name} with the body {bad[..Math.Min(bad.Length, 20)]}", method, Filled(route, "no-such-thing"), admin,
                    bad);
            if (route.Contains('{', StringComparison.Ordinal))
                yield return new($"{name} with an empty body", method, Filled(route, "no-such-thing"), admin, "");
            yield return new($"{name} with plain text", method, Filled(route, "no-such-thing"), admin, "text", "text/plain");
        }
        foreach (var path in new[] { "/api", "/api/", "/api/nothing", "/api/admin", "/API/ADMIN/CRON/STATUS", "/api/admin/cron/runs/one",
            "/nothing" })
            yield return new($"the path {path}", "GET", path, admin);
    }

    /// <returns>Status, headers and body, without the parts that differ between requests.</returns>
    public async Task<string> AskAsync(HttpClient http, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(new(Method), new Uri($"{http.BaseAddress!.GetLeftPart(UriPartial.Authority)}{Target}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (Key is not null)
            request.Headers.Add("x-api-key", Key);
        if (Body is not null)
            request.Content = new StringContent(Body, Encoding.UTF8, ContentType);
        using var response = await http.SendAsync(request, ct);
        var headers = response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key is not ("Date" or "Transfer-Encoding" or "Content-Length"))
            .OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase)
            .Select(header => $"{header.Key}: {(header.Key == "X-Request-ID" ? "~" : string.Join(", ", header.Value))}");
        var answer = $"{(int)response.StatusCode}\n{string.Join('\n', headers)}\n\n{await response.Content.ReadAsStringAsync(ct)}";
        return Changing().Replace(SchedulesFile().Replace(answer, ""), "~");
    }

    private static IEnumerable<(string Name, string Method, string Route)> Routes() =>
        from type in typeof(SkyPanelServices).Assembly.GetTypes()
        from function in type.GetMethods()
        from trigger in function.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
        where trigger?.Methods is [_, ..]
        let name = function.GetCustomAttribute<FunctionAttribute>()!.Name
        orderby name
        from method in trigger.Methods ?? []
        select (name, method.ToUpperInvariant(), $"/{trigger.Route}");

    private static string Filled(string route, string value) => Parameter().Replace(route, value);

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    // A Functions host does not send them.
    [GeneratedRegex(@"\{""name"":""local-timers""[^}]*\},|(?<=""scheduleStores"":)\{[^}]*\}")]
    private static partial Regex SchedulesFile();

    // Times, ids, counts and measurements. Counts of refusals are written once a minute.
    [GeneratedRegex(@"(?<=""refusals"":)\[[^\]]*\]|\d{4}-\d\d-\d\dT[0-9:.]+Z?|[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{32}\b|" +
        @"[\d.]+ (?:GB|minutes old)|(?<=""(?:processId|durationMs)"":)[\d.E-]+")]
    private static partial Regex Changing();
}
