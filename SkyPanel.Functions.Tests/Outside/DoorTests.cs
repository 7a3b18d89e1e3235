using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using SkyPanel.Functions.Http;
using SkyPanel.Functions.Tests.OpenApi;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class DoorTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    private static readonly (string Method, string Path)[] Routes =
    [
        ("GET", "/api/admin/cron/status"),
        ("POST", "/api/admin/cron/trigger-hourly-billing"),
        ("POST", "/api/admin/cron/jobs/hourly-billing/trigger"),
        ("POST", "/api/admin/cron/pause"),
        ("POST", "/api/admin/cron/resume"),
        ("POST", "/api/admin/cron/jobs/hourly-billing/pause"),
        ("POST", "/api/admin/cron/jobs/hourly-billing/resume"),
        ("POST", "/api/admin/cron/runs/999999999/cancel"),
        ("GET", "/api/admin/cron/logs"),
        ("GET", "/api/admin/monitoring/checks"),
        ("GET", "/api/admin/cron/metrics"),
        ("GET", "/api/admin/doctor"),
        ("GET", "/api/admin/cron/runs/1"),
        ("GET", "/api/admin/cron/jobs/hourly-billing/settings"),
        ("PUT", "/api/admin/cron/jobs/hourly-billing/settings"),
        ("POST", "/api/admin/cron/validate"),
        ("GET", "/api/admin/billing/accounts/1"),
        ("GET", "/api/admin/billing/holds"),
        ("GET", "/api/admin/billing/summary"),
        ("GET", "/api/admin/billing/forecast"),
        ("POST", "/api/admin/billing/simulations"),
        ("GET", "/api/admin/billing/shadow"),
        ("GET", "/api/admin/billing/repair"),
        ("POST", "/api/admin/billing/repair/1"),
        ("GET", "/api/admin/billing/drift"),
        ("POST", "/api/admin/billing/holds/1/approve"),
        ("GET", "/api/admin/billing/servers/1/charges"),
        ("GET", "/api/admin/keys"),
        ("POST", "/api/admin/keys"),
        ("POST", "/api/admin/keys/abcd2345/rotate"),
        ("DELETE", "/api/admin/keys/abcd2345"),
        ("GET", "/api/admin/audit"),
        ("GET", "/api/admin/audit/refusals"),
        ("GET", "/api/admin/settings/paypal_client_id"),
        ("PUT", "/api/admin/settings/paypal_client_id"),
        ("DELETE", "/api/admin/settings/paypal_client_id"),
    ];

    [Fact]
    public async Task Only_health_and_the_document_are_open_and_every_other_route_wants_a_key()
    {
        var app = await panel.SharedAppAsync();
        using var http = new HttpClient { BaseAddress = app.Http.BaseAddress };
        foreach (var path in new[] { "/api/health", "/api/health/ready" })
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(http, "GET", path)).Status);
        Assert.Equal(Document.Text, await http.GetStringAsync(new Uri("/api/openapi.json", UriKind.Relative),
            TestContext.Current.CancellationToken));

        foreach (var (index, (method, path)) in Routes.Index())
        {
            // One wrong key a route: sixty a minute are answered 401, more are told to wait.
            var wrong = index % 2 == 0 ? ("x-api-key", "wrong") : ("Authorization", "Bearer wrong");
            using (var challenge = await http.SendAsync(new(new(method), path), TestContext.Current.CancellationToken))
                Assert.Equal("Bearer", challenge.Headers.WwwAuthenticate.ToString()); // As RFC 9110 wants of a 401.
            foreach (var (header, value) in new[] { ("", ""), wrong, ("Authorization", $"Basic {AppProcess.AdminKey}") })
            {
                var (status, body, type) = await AskAsync(http, method, path, header, value);
                Assert.True(status == HttpStatusCode.Unauthorized, $"{method} {path} with {header} {value}: {status}");
                Assert.Equal("application/problem+json", type);
                Assert.Equal("urn:skypanel:problem:unauthorized", body["type"]!.GetValue<string>());
            }
            foreach (var (header, value) in new[] { ("x-api-key", AppProcess.AdminKey), ("Authorization", $"Bearer {AppProcess.AdminKey}"),
                ("authorization", $"bearer {AppProcess.AdminKey}") })
                Assert.NotEqual(HttpStatusCode.Unauthorized, (await AskAsync(http, method, path, header, value)).Status);
        }
    }

    [Theory]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"enabled":true,"enable":1}""", "enable")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"schedule":"61 * * * *"}""", "schedule")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"schedule":"* * *"}""", "schedule")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"schedule":"0 0 30 2 *"}""", "schedule")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"schedule":7}""", "schedule")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"timeZone":"Mars/Phobos"}""", "timeZone")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"hoursPerMonth":0}""", "hoursPerMonth")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"hoursPerMonth":"730"}""", "hoursPerMonth")]
    [InlineData("PUT", "/api/admin/cron/jobs/monitoring/settings", """{"hoursPerMonth":500}""", "hoursPerMonth")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"hoursPerMonth":1e99}""", "hoursPerMonth")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"note":"\u0000"}""", "note")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"note":"\ud800"}""", "note")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"waitsFor":["mining"]}""", "waitsFor")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"waitsFor":["hourly-billing"]}""", "waitsFor")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"waitsFor":["backup","backup"]}""", "waitsFor")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"waitsFor":[null]}""", "waitsFor")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"waitsFor":"backup"}""", "waitsFor")]
    [InlineData("POST", "/api/admin/cron/trigger-hourly-billing", "[]", "body")]
    [InlineData("POST", "/api/admin/cron/trigger-hourly-billing", "null", "body")]
    [InlineData("POST", "/api/admin/cron/trigger-hourly-billing", "{\"dryRun\":", "dryRun")]
    [InlineData("POST", "/api/admin/cron/trigger-hourly-billing", "not json", "body")]
    [InlineData("POST", "/api/admin/cron/trigger-hourly-billing", """{"dryRun":"yes"}""", "dryRun")]
    [InlineData("POST", "/api/admin/cron/pause", "{}", "note")]
    [InlineData("POST", "/api/admin/cron/jobs/hourly-billing/pause", """{"note":" "}""", "note")]
    [InlineData("POST", "/api/admin/cron/validate", "{}", "schedule")]
    [InlineData("POST", "/api/admin/cron/validate", """{"schedule":"0 * * * *","count":0}""", "count")]
    [InlineData("POST", "/api/admin/billing/holds/1/approve", "{}", "reason")]
    [InlineData("POST", "/api/admin/billing/holds/1/approve", """{"reason":"  "}""", "reason")]
    [InlineData("POST", "/api/admin/billing/holds/1/approve", """{"reason":"a\u0000b"}""", "reason")]
    [InlineData("PUT", "/api/admin/cron/jobs/hourly-billing/settings", """{"note":"a","note":"b"}""", "note")]
    [InlineData("GET", "/api/admin/audit?format=xml", null, "format")]
    [InlineData("GET", "/api/admin/audit?actor=a%00b", null, "actor")]
    [InlineData("GET", "/api/admin/cron/logs?statsu=failed", null, "statsu")]
    [InlineData("GET", "/api/admin/cron/logs?limit=1&limit=2", null, "limit")]
    [InlineData("GET", "/api/admin/cron/logs?limit=%2B1", null, "limit")]
    [InlineData("GET", "/api/admin/cron/logs?limit=1%20", null, "limit")]
    [InlineData("GET", "/api/admin/billing/accounts/1?month=2026-10", null, "month")]
    [InlineData("GET", "/api/admin/billing/servers/1/charges/03%2F04%2F2026%2012:00", null, "hour")]
    [InlineData("GET", "/api/health?verbose=true", null, "verbose")]
    [InlineData("GET", "/api/admin/cron/logs?limit=0", null, "limit")]
    [InlineData("GET", "/api/admin/cron/logs?limit=many", null, "limit")]
    [InlineData("GET", "/api/admin/cron/logs?cursor=-1", null, "cursor")]
    [InlineData("GET", "/api/admin/cron/logs?cursor=99999999999999999999", null, "cursor")]
    [InlineData("GET", "/api/admin/cron/logs?job=mining", null, "job")]
    [InlineData("GET", "/api/admin/cron/logs?status=good", null, "status")]
    [InlineData("GET", "/api/admin/cron/logs?from=May", null, "from")]
    [InlineData("GET", "/api/admin/cron/logs?to=2026-13-01T00:00:00Z", null, "to")]
    [InlineData("GET", "/api/admin/cron/metrics?to=0001-01-01", null, "to")]
    [InlineData("GET", "/api/admin/audit?from=9999-12-31T23:59:59.9999999Z", null, "from")]
    [InlineData("GET", "/api/admin/payments/reconciliation?month=9999-12", null, "month")]
    [InlineData("GET", "/api/admin/billing/holds?state=lost", null, "state")]
    [InlineData("GET", "/api/admin/billing/servers/1/charges?month=2026-3", null, "month")]
    [InlineData("GET", "/api/admin/billing/summary?from=2026-03-01T12:00:00Z&to=2026-03-02", null, "from")]
    [InlineData("GET", "/api/admin/billing/summary?from=2026-03-01&to=2026-05-01&groupBy=server", null, "from")]
    [InlineData("GET", "/api/admin/billing/summary?groupBy=day&cursor=7", null, "cursor")]
    public async Task A_mistake_is_answered_with_the_field_and_what_is_allowed(string method, string path, string? json, string field)
    {
        var (status, body, type) = await AskAsync((await panel.SharedAppAsync()).Http, method, path, json: json);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("application/problem+json", type);
        Assert.Equal("urn:skypanel:problem:bad-input", body["type"]!.GetValue<string>());
        Assert.Equal(field, body["field"]!.GetValue<string>());
        Assert.StartsWith(field, body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", body.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("System.", body.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/admin/cron/runs/999999999")]
    [InlineData("GET", "/api/admin/billing/accounts/999999")]
    [InlineData("POST", "/api/admin/billing/accounts/999999/refund")]
    [InlineData("GET", "/api/admin/billing/accounts/+1")]
    [InlineData("GET", "/api/admin/billing/accounts/%201")]
    [InlineData("GET", "/api/admin/billing/accounts/-1")]
    [InlineData("GET", "/api/admin/billing/servers/999999/charges")]
    [InlineData("GET", "/api/admin/billing/servers/999999/corrections")]
    [InlineData("GET", "/api/admin/billing/servers/999999/charges/2026-03-01T12:00:00Z")]
    [InlineData("DELETE", "/api/admin/keys/abcd2345")]
    [InlineData("GET", "/api/admin/settings/paypal_client")]
    [InlineData("POST", "/api/admin/cron/jobs/mining/trigger")]
    [InlineData("POST", "/api/admin/cron/jobs/mining/pause")]
    [InlineData("POST", "/api/admin/cron/runs/999999999/cancel")]
    [InlineData("GET", "/api/admin/cron/jobs/mining/settings")]
    [InlineData("POST", "/api/admin/billing/holds/999999/approve")]
    [InlineData("POST", "/api/admin/billing/debits/999999/void")]
    public async Task What_is_not_there_is_404_and_says_so(string method, string path)
    {
        var (status, body, type) = await AskAsync((await panel.SharedAppAsync()).Http, method, path,
            json: path.Contains("holds", StringComparison.Ordinal) || path.Contains("debits", StringComparison.Ordinal)
            || path.EndsWith("refund", StringComparison.Ordinal) ? """{"reason":"try"}""" : null);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("application/problem+json", type);
        Assert.Equal("urn:skypanel:problem:not-found", body["type"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(0, HttpStatusCode.OK)]
    [InlineData(1, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_of_64_KiB_is_taken_and_one_of_a_byte_more_is_not(int more, HttpStatusCode expected)
    {
        var json = """{"schedule":"0 * * * *"}""";
        var (status, _, _) = await AskAsync((await panel.SharedAppAsync()).Http, "POST", "/api/admin/cron/validate",
            json: json.PadRight(ApiJson.LargestBody + more));
        Assert.Equal(expected, status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_a_megabyte_is_refused_whether_or_not_it_says_its_length(bool saysLength)
    {
        var app = await panel.SharedAppAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, OutsidePanel.Settings)
        {
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes($$"""{"note":"{{new string('x', 1 << 20)}}"}""")),
        };
        request.Headers.TransferEncodingChunked = !saysLength;
        request.Headers.ExpectContinue = true;
        using var response = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"),
            (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal("urn:skypanel:problem:content-too-large",
            $"{JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["type"]}");
    }

    [Fact]
    public async Task Who_guesses_or_asks_too_much_is_told_to_wait_and_a_valid_key_still_passes()
    {
        await panel.SharedAppAsync(); // The first one is everybody's: whoever guessed there would be told to wait in their place.
        var app = await panel.StartAppAsync();
        using var guesser = new HttpClient { BaseAddress = app.Http.BaseAddress };
        var guesses = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => RawAsync(guesser, $"guess-{n}")));
        Assert.Contains(guesses, g => g.Status == HttpStatusCode.TooManyRequests);
        Assert.All(guesses.Where(g => g.Status == HttpStatusCode.TooManyRequests),
            g => Assert.InRange(g.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)));
        Assert.Equal(HttpStatusCode.OK, (await RawAsync(guesser, AppProcess.AdminKey)).Status);

        // A machine that has much else to do may ask slower than the rate.
        var asked = new List<(HttpStatusCode Status, TimeSpan? RetryAfter)>();
        for (var round = 0; asked.TrueForAll(a => a.Status == HttpStatusCode.OK) && round < 20; round++)
            asked.AddRange(await Task.WhenAll(Enumerable.Range(0, 1500).Select(_ => RawAsync(guesser, AppProcess.AdminKey))));
        Assert.InRange(asked.Count(a => a.Status == HttpStatusCode.OK), 300, asked.Count - 1);
        Assert.All(asked.Where(a => a.Status != HttpStatusCode.OK), a => Assert.Equal((HttpStatusCode.TooManyRequests, true),
            (a.Status, a.RetryAfter is not null)));
    }

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter)> RawAsync(HttpClient http, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/admin/cron/runs/1");
        request.Headers.Add("x-api-key", key);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode is HttpStatusCode.NotFound ? HttpStatusCode.OK : response.StatusCode,
            response.Headers.RetryAfter?.Delta);
    }

    private static async Task<(HttpStatusCode Status, JsonObject Body, string? Type)> AskAsync(
        HttpClient http, string method, string path, string header = "", string value = "", string? json = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = json is null ? null
            : new StringContent(json, Encoding.UTF8, "application/json") };
        if (header.Length > 0)
            request.Headers.TryAddWithoutValidation(header, value);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject(),
            response.Content.Headers.ContentType?.MediaType);
    }
}
