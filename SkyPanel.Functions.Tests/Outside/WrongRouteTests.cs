using System.Net;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>What no route of the API takes.</summary>
public sealed class WrongRouteTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private const string Json = "application/problem+json", Known = "/api/admin/cron/logs";

    [Theory]
    [InlineData("GET", "/api/admin/cron/runs/one")]
    [InlineData("GET", "/api/admin/cron/runs/99999999999999999999")]
    [InlineData("GET", "/api/admin/billing/accounts/99999999999")]
    [InlineData("GET", "/api/admin/nothing")]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/")]
    [InlineData("GET", "/API/Nothing")]
    [InlineData("HEAD", "/api/admin/nothing")]
    [InlineData("GET", "/api/admin%2Fcron/status")]
    [InlineData("GET", "/api/picture.png")]
    [InlineData("GET", "/api/admin/cron/status/../nothing")]
    [InlineData("GET", "/api/%C3%A4/%F0%9F%92%A5/%0d%0a")]
    public async Task A_path_without_a_route_is_404_with_and_without_a_key(string method, string path) =>
        await RefusedAsync(method, path, HttpStatusCode.NotFound, "not-found", []);

    [Theory]
    [InlineData("DELETE", "/api/admin/cron/status", "GET", "HEAD")]
    [InlineData("GET", "/api/admin/cron/trigger-hourly-billing", "POST")]
    [InlineData("HEAD", "/api/admin/cron/trigger-hourly-billing", "POST")]
    [InlineData("PATCH", "/api/admin/cron/jobs/hourly-billing/settings", "GET", "HEAD", "PUT")]
    [InlineData("PUT", "/api/admin/keys/", "GET", "HEAD", "POST")]
    [InlineData("POST", "/api/health", "GET", "HEAD")]
    [InlineData("OPTIONS", "/API/admin/cron/status", "GET", "HEAD")]
    [InlineData("X", "/api/admin/cron/status", "GET", "HEAD")]
    public async Task A_wrong_method_is_405_and_says_which_methods_the_route_has(string method, string path, params string[] allowed) =>
        await RefusedAsync(method, path, HttpStatusCode.MethodNotAllowed, "method-not-allowed", allowed);

    private async Task RefusedAsync(string method, string path, HttpStatusCode status, string type, string[] allowed)
    {
        var app = await panel.SharedAppAsync();
        using var http = new HttpClient { BaseAddress = app.Http.BaseAddress };
        foreach (var key in new[] { "", "wrong", AppProcess.AdminKey })
        {
            using var request = new HttpRequestMessage(new(method), path);
            if (key.Length > 0)
                request.Headers.Add("x-api-key", key);
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            Assert.Equal(allowed, response.Content.Headers.Allow.Order());
            Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
            Assert.True(response.Headers.Contains("x-request-id"));
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal(method == "HEAD" ? null : $"urn:skypanel:problem:{type}", text.Length == 0 ? null
                : $"{JsonNode.Parse(text)!["type"]}");
        }
    }

    // A path of the web server's own size is its own affair (414), and so is what isn't under /api.
    [Theory]
    [InlineData("GET", "/api/", 6000, HttpStatusCode.NotFound, "application/problem+json")]
    [InlineData("GET", "/api/", 9000, HttpStatusCode.RequestUriTooLong, null)]
    [InlineData("GET", "/", 10, HttpStatusCode.NotFound, null)]
    [InlineData("GET", "/api/admin/cron/status/../../../../etc/passwd?", 10, HttpStatusCode.NotFound, null)]
    public async Task A_long_path_and_what_is_not_of_the_API_leak_nothing_either(string method, string path, int more,
        HttpStatusCode expected, string? type)
    {
        Assert.Equal((expected, type), await AskAsync((await panel.SharedAppAsync()).Http, method, path + new string('a', more)));
    }

    [Fact]
    public async Task They_are_no_guesses_and_have_a_limit_of_their_own()
    {
        await panel.SharedAppAsync(); // The first one is everybody's.
        var app = await panel.StartAppAsync();
        using var stranger = new HttpClient { BaseAddress = app.Http.BaseAddress };
        for (var n = 0; n < 100; n++)
            Assert.Equal((HttpStatusCode.NotFound, Json), await AskAsync(stranger, "GET", $"/api/nothing/{n}", $"guess-{n}"));
        Assert.Equal((HttpStatusCode.Unauthorized, Json), await AskAsync(stranger, "GET", Known, "a-guess"));

        var flooding = Task.WhenAll(Enumerable.Range(0, 1500).Select(n => AskAsync(stranger, "GET", $"/api/nothing/{n}")));
        var probes = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => AskAsync(stranger, "GET", "/api/health")));
        Assert.All(probes, answer => Assert.Equal((HttpStatusCode.OK, "application/json"), answer));
        var flood = await flooding;
        Assert.Contains((HttpStatusCode.TooManyRequests, Json), flood);
        Assert.All(flood, answer => Assert.Equal(Json, answer.Type));
        Assert.Equal((HttpStatusCode.OK, "application/json"), await AskAsync(stranger, "GET", Known, AppProcess.AdminKey));
    }

    private static async Task<(HttpStatusCode Status, string? Type)> AskAsync(HttpClient http, string method, string path, string key = "")
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (key.Length > 0)
            request.Headers.Add("x-api-key", key);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType);
    }
}
