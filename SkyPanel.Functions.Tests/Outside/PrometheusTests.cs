using System.Net;

namespace SkyPanel.Functions.Tests.Outside;

public sealed class PrometheusTests(OutsidePanel panel) : IClassFixture<OutsidePanel>
{
    [Fact]
    public async Task A_scraper_on_this_machine_reads_metrics_without_a_key_and_nobody_else_does()
    {
        var app = await panel.SharedAppAsync();
        using var http = new HttpClient { BaseAddress = app.Http.BaseAddress };
        await app.GetAsync("/api/admin/cron/status");

        var metrics = await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Contains("http_server_request_duration_seconds", metrics, StringComparison.Ordinal);
        Assert.Matches("""skypanel_cache_lookups_total\{[^}]*cache="job-settings",result="miss"[^}]*\} 1\b""", metrics);
        using var proxied = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        proxied.Headers.Add("X-Forwarded-For", "192.0.2.7");
        using var answer = await http.SendAsync(proxied, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
