using System.Net;
using System.Net.Http.Json;
using SkyPanel.Functions.Tests.Outside;

namespace SkyPanel.Functions.Tests.FunctionsHost;

public sealed class ForwardedAddressTests
{
    private const string Caller = "203.0.113.9";

    // With the variable, ASP.NET Core itself adds the middleware a second time.
    [Theory]
    [InlineData("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "false")]
    [InlineData("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true")]
    public async Task Under_a_Functions_host_invented_addresses_evade_no_limit_and_are_not_in_the_audit(string variable, string value)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var panel = await OutsidePanel.CreateAsync();
        await using var host = await FunctionsHost.StartAsync(panel.Environment(("Admin__TrustedProxies", "1"), (variable, value)));

        // A first request warms up the worker: its start under a hundred concurrent requests isn't the subject of this test.
        using (var first = Request(HttpMethod.Get, OutsidePanel.Status, 126))
        using (var answered = await host.Http.SendAsync(first, ct))
            Assert.True(answered.IsSuccessStatusCode,
                $"{answered.StatusCode} {await answered.Content.ReadAsStringAsync(ct)}\n{host.Output}");

        // Sixty a minute are answered 401, and the test may span two minutes.
        var statuses = await Task.WhenAll(Enumerable.Range(1, 125).Select(async n =>
        {
            using var guess = Request(HttpMethod.Get, OutsidePanel.Status, n);
            guess.Headers.Add("x-api-key", $"a-wrong-key-of-more-than-thirty-two-characters-{n}");
            using var response = await host.Http.SendAsync(guess, ct);
            return response.StatusCode;
        }));
        Assert.InRange(statuses.Count(status => status == HttpStatusCode.TooManyRequests), 5, 65);
        Assert.All(statuses, status => Assert.True(status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests, $"{status}"));

        using var change = Request(HttpMethod.Post, "/api/admin/cron/pause", 1);
        change.Content = JsonContent.Create(new { note = "test" });
        using var paused = await host.Http.SendAsync(change, ct);
        Assert.Equal(HttpStatusCode.OK, paused.StatusCode);
        Assert.Equal(Caller, await panel.ScalarAsync<string>(
            "select string_agg(distinct address, ' ') from cron_service.audit where action = 'pause'"));
        await panel.UntilAsync("select exists (select from cron_service.refusals)");
        Assert.Equal(Caller, await panel.ScalarAsync<string>("select string_agg(distinct source, ' ') from cron_service.refusals"));
    }

    // The caller's own entry, and the entry of the one trusted proxy.
    private static HttpRequestMessage Request(HttpMethod method, string path, int n) =>
        new(method, path) { Headers = { { "X-Forwarded-For", $"198.51.100.{n}, {Caller}" } } };
}
