using System.Net;
using System.Text.Json.Nodes;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>What no route of the API takes.</summary>
public sealed class WrongRouteTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private const string Json = "application/problem+json", Known = "/api/admin/cron/logs";

    [Theory]
    [InlineData("DELETE", "/api/admin/cron/status")]
    [InlineData("GET", "/api/admin/cron/trigger-hourly-billing")]
    [InlineData("PATCH", "/api/admin/cron/jobs/hourly-billing/settings")]
    [InlineData("GET", "/api/admin/cron/runs/one")]
    [InlineData("GET", "/api/admin/cron/runs/99999999999999999999")]
    [InlineData("GET", "/api/admin/billing/accounts/99999999999")]
    [InlineData("GET", "/api/admin/nothing")]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/")]
    [InlineData("GET", "/API/Nothing")]
    [InlineData("POST", "/api/health")]
    [InlineData("OPTIONS", "/api/admin/cron/status")]
    [InlineData("HEAD", "/api/admin/cron/status")]
    [InlineData("X", "/api/admin/cron/status")]
    [InlineData("GET", "/api/admin%2Fcron/status")]
    [InlineData("GET", "/api/picture.png")]
    [InlineData("GET", "/api/admin/cron/status/../nothing")]
    [InlineData("GET", "/api/%C3%A4/%F0%9F%92%A5/%0d%0a")]
    public async Task A_wrong_method_or_path_is_404_like_any_other(string method, string path)
    {
        var app = await panel.SharedAppAsync();
        using var http = new HttpClient { BaseAddress = app.Http.BaseAddress };
        foreach (var key in new[] { "", "wrong", AppProcess.AdminKey })
        {
            using var request = new HttpRequestMessage(new(method), path);
            if (key.Length > 0)
                request.Headers.Add("x-api-key", key);
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
            Assert.True(response.Headers.Contains("x-request-id"));
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal(method == "HEAD" ? null : "urn:skypanel:problem:not-found", text.Length == 0 ? null : $"{JsonNode.Parse(text)!["type"]}");
        }
    }

    // A path of the web server's own size is its own affair (414), and so is what isn't under /api.
    [Theory]
    [InlineData("GET", "/api/", 6000, HttpStatusCode.NotFound, "application/problem+json")]
    [InlineData("GET", "/api/", 9000, HttpStatusCode.RequestUriTooLong, null)]
    [InlineData("GET", "/", 10, HttpStatusCode.NotFound, null)]
    [InlineData("GET", "/api/admin/cron/status/../../../../etc/passwd?", 10, HttpStatusCode.NotFound, null)]
    public async Task A_long_path_and_what_is_not_of_the_API_leak_nothing_either(string method, string path, int more, HttpStatusCode expected, string? type)
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
