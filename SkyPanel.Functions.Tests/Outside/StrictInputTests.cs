using System.Net;

namespace SkyPanel.Functions.Tests.Outside;

/// <summary>Input that was once guessed at: a decimal comma, a parameter in the wrong place, a path written otherwise.</summary>
public sealed class StrictInputTests
{
    private const string Billing = "/api/admin/billing";

    [Fact]
    public async Task A_price_with_a_comma_a_plus_or_a_space_is_refused_and_corrects_nothing()
    {
        await using var panel = await StartAsync();
        foreach (var price in new[] { "10,50", "5,", "1,0,5", "+5", "5 ", " 5", "5.", "1e1", "0.00000000000000000000000000001" })
        {
            var (status, body) = await panel.App.PostAsync($"{Billing}/servers/1/corrections", Correction(new { price }));
            Assert.Equal((price, HttpStatusCode.BadRequest, "price"), (price, status, $"{body["field"]}"));
            Assert.Equal($"price '{price}' must be at most 28 digits with a point, such as \"25.00\".", $"{body["detail"]}");
        }
        Assert.Equal(0, await panel.ScalarAsync<long>("select count(*) from cron_service.adjustments"));
    }

    [Fact]
    public async Task A_dry_run_of_null_is_refused_and_bills_nothing()
    {
        await using var panel = await StartAsync();
        var runs = await panel.ScalarAsync<long>("select count(*) from cron_service.runs");
        using var request = new HttpRequestMessage(HttpMethod.Post, OutsidePanel.Trigger)
        {
            Content = new StringContent("{\"dryRun\":null}"),
        };
        using var answer = await panel.App.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("dryRun is not as it must be", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Equal(runs, await panel.ScalarAsync<long>("select count(*) from cron_service.runs"));
    }

    [Fact]
    public async Task A_dry_run_that_is_asked_for_in_the_query_is_refused_and_bills_nothing()
    {
        await using var panel = await StartAsync();
        var runs = await panel.ScalarAsync<long>("select count(*) from cron_service.runs");
        foreach (var path in new[] { OutsidePanel.Trigger, "/api/admin/cron/jobs/hourly-billing/trigger",
            $"{Billing}/servers/1/corrections" })
        {
            var (status, body) = await panel.App.PostAsync($"{path}?dryRun=true", path.EndsWith("corrections", StringComparison.Ordinal)
                ? Correction(new { secondsPerHour = 0 }) : new { });
            Assert.Equal((path, HttpStatusCode.BadRequest, "dryRun"), (path, status, $"{body["field"]}"));
        }
        Assert.Equal((runs, 0L), (await panel.ScalarAsync<long>("select count(*) from cron_service.runs"),
            await panel.ScalarAsync<long>("select count(*) from cron_service.adjustments")));
    }

    [Fact]
    public async Task A_change_is_done_once_with_its_Idempotency_Key_however_its_path_is_written()
    {
        await using var panel = await StartAsync();
        foreach (var path in new[] { $"{Billing}/servers/1/corrections", "/API/admin/Billing/servers/1/corrections",
            $"{Billing}/servers/01/corrections", $"{Billing}/servers/1/corrections/", $"{Billing}/servers/%31/corrections" })
            Assert.Equal((path, HttpStatusCode.OK),
                (path, (await panel.App.SendAsync(HttpMethod.Post, path, Correction(new { secondsPerHour = 0 }), "same")).Status));
        Assert.Equal(1, await panel.ScalarAsync<long>("select count(*) from cron_service.audit where action = 'correct'"));

        foreach (var path in new[] { OutsidePanel.Trigger, "/api/admin/cron/jobs/hourly-billing/trigger",
            "/api/admin/cron/jobs/hourly-billing/trigger/" })
            Assert.Equal((path, HttpStatusCode.OK), (path, (await panel.App.SendAsync(HttpMethod.Post, path, new { }, "once")).Status));
        Assert.Equal(2, await panel.ScalarAsync<long>("select count(*) from cron_service.runs where trigger = 'manual'"));
    }

    [Fact]
    public async Task HEAD_answers_as_GET_does_without_the_body()
    {
        await using var panel = await OutsidePanel.CreateAsync();
        var app = await panel.StartAppAsync();
        foreach (var path in new[] { "/api/health", "/api/health/ready", "/api/openapi.json", OutsidePanel.Status,
            "/api/admin/audit?format=csv", "/api/admin/cron/runs/999999" })
        {
            using var got = await app.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Head, path);
            using var head = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((path, got.StatusCode, $"{got.Content.Headers.ContentType}"),
                (path, head.StatusCode, $"{head.Content.Headers.ContentType}"));
            Assert.Equal("no-store", head.Headers.CacheControl?.ToString());
            Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    // A server that is billed for its last hours.
    private static async Task<OutsidePanel> StartAsync()
    {
        var panel = await OutsidePanel.CreateAsync();
        await panel.Panel.AddServerAsync(1, userId: 1, monthlyPrice: 73, OutsidePanel.HoursAgo(5));
        var app = await panel.StartAppAsync();
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(OutsidePanel.Trigger)).Status);
        return panel;
    }

    private static Dictionary<string, object> Correction(object what) => new()
    {
        ["fromHour"] = Hour(5), ["untilHour"] = Hour(3), ["reason"] = "for the test",
        [what.GetType().GetProperties()[0].Name] = what.GetType().GetProperties()[0].GetValue(what)!,
    };

    private static string Hour(int ago) => OutsidePanel.HoursAgo(ago).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ",
        System.Globalization.CultureInfo.InvariantCulture);
}
