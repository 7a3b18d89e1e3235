using System.Net;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class PrometheusTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    [Fact]
    public async Task A_scraper_with_a_viewers_key_reads_metrics_and_nobody_without_one_does_wherever_they_ask_from()
    {
        var app = await panel.SharedAppAsync();
        using var http = new HttpClient { BaseAddress = app.Http.BaseAddress };
        await app.PostAsync("/api/admin/cron/trigger-hourly-billing", new { dryRun = true });

        // From this machine, as a proxy on it that says nothing of whom it asks for; and as ones that do.
        foreach (var (header, value) in new[] { ("Accept", "*/*"), ("X-Forwarded-For", "192.0.2.7"), ("Forwarded", "for=192.0.2.7"),
            ("Via", "1.1 proxy"), ("X-Real-IP", "192.0.2.7"), ("x-api-key", "a-guess") })
            Assert.Equal((header, HttpStatusCode.Unauthorized), (header, (await ScrapeAsync(http, header, value)).Status));

        var key = (await app.PostAsync("/api/admin/keys", new { name = "prometheus", role = "viewer" })).Body["key"]!.GetValue<string>();
        var (status, metrics) = await ScrapeAsync(http, "Authorization", $"Bearer {key}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("http_server_request_duration_seconds", metrics, StringComparison.Ordinal);
        Assert.Matches("""skypanel_job_runs_total\{[^}]*job="hourly-billing"[^}]*\} [1-9]""", metrics);
    }

    private static async Task<(HttpStatusCode Status, string Text)> ScrapeAsync(HttpClient http, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Add(header, value);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
